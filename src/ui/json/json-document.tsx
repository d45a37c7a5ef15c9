/** Raw bytes of a manifest or config as readable text; copying gives what was sent, to the byte. */
import { useMemo } from 'preact/hooks';
import type { Digest as DigestText } from '../../core/digest.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes } from '../format-size.ts';
import { type JsonToken, layOutJson } from './json-tokens.ts';
import './json-document.css';

/** Above this many characters colours would cost more than they tell: the text comes in one piece. */
const COLOURED_CHARACTERS = 200_000;

export function JsonDocument(props: {
  title: string;
  /** "manifest": completes "Copy …". */
  noun: string;
  bytes: Uint8Array<ArrayBuffer>;
  digest: DigestText;
}) {
  const sent = useMemo(() => new TextDecoder().decode(props.bytes), [props.bytes]);
  const tokens = useMemo(() => layOut(sent), [sent]);
  const changed = tokens !== undefined && tokens.map((token) => token.text).join('') !== sent;
  return (
    <section class="json-document">
      <header>
        <h2>{props.title}</h2>
        <Digest digest={props.digest} />
        <span class="muted">{formatExactBytes(props.bytes.length)}</span>
        <CopyButton name={`Copy ${props.noun}`} text={sent} />
      </header>
      {changed && (
        <p class="muted">
          Indented here for reading. The digest is of the bytes as sent, and those are what is copied.
        </p>
      )}
      {tokens === undefined && <p class="muted">This is not JSON: shown as it was sent.</p>}
      <pre>
        <code>{tokens === undefined ? sent : render(tokens)}</code>
      </pre>
    </section>
  );
}

function layOut(sent: string): JsonToken[] | undefined {
  try {
    JSON.parse(sent);
  } catch {
    return undefined;
  }
  return layOutJson(sent);
}

function render(tokens: readonly JsonToken[]) {
  const characters = tokens.reduce((sum, token) => sum + token.text.length, 0);
  if (characters > COLOURED_CHARACTERS) return tokens.map((token) => token.text).join('');
  return tokens.map((token) =>
    token.kind === 'layout' ? token.text : <span class={`json-${token.kind}`}>{token.text}</span>,
  );
}
