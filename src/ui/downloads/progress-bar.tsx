/** A native progress bar with a name and its value in words. */
import './progress-bar.css';

export function ProgressBar(props: {
  name: string;
  doneBytes: number;
  totalBytes: number;
  /** The value as it is read out: "64 %, 117 MB of 182 MB". */
  valueText: string;
  tone: 'accent' | 'good' | 'bad' | 'muted';
}) {
  return (
    <progress
      class={`progress progress-${props.tone}`}
      aria-label={props.name}
      aria-valuetext={props.valueText}
      value={props.doneBytes}
      // An empty blob is whole: a maximum of zero would read as "unknown".
      max={Math.max(props.totalBytes, 1)}
    />
  );
}
