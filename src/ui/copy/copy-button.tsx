/** A button that copies one text; its picture turns into a tick for a moment. */
import { Icon } from '../icon/icon.tsx';
import { copyText, isJustCopied } from './copied.ts';

export function CopyButton(props: {
  /** Accessible name: "Copy digest". */
  name: string;
  text: string;
}) {
  return (
    <button
      type="button"
      class="button button-quiet button-small button-icon"
      aria-label={props.name}
      title={props.name}
      data-copy={props.text}
      onClick={() => copyText(props.text)}
    >
      <Icon name={isJustCopied(props.text) ? 'check' : 'copy'} />
    </button>
  );
}
