/** Says for a moment that something was copied: the one live region for it, wherever the copying was asked for. */
import { lastCopy } from './copied.ts';
import './copy-toast.css';

const LONGEST_SHOWN = 48;

export function CopyToast() {
  const outcome = lastCopy.value;
  return (
    <output class="copy-toast" hidden={outcome === undefined}>
      {outcome?.kind === 'copied' && `Copied ${shorten(outcome.text)}`}
      {outcome?.kind === 'refused' && 'The browser does not allow copying here: select the text instead.'}
    </output>
  );
}

function shorten(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > LONGEST_SHOWN || line !== text ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}
