/**
 * A digest: its middle folded away, whole under the keyboard's focus, in the title, in the text and in the clipboard.
 * A click copies.
 */
import type { Digest as DigestText } from '../../core/digest.ts';
import { copyText } from '../copy/copied.ts';
import { shortenDigest } from '../shorten-digest.ts';
import './digest.css';

export function Digest(props: { digest: DigestText }) {
  const { head, middle, tail } = shortenDigest(props.digest);
  return (
    <button
      type="button"
      class="digest"
      title={`${props.digest}\nA click copies it.`}
      aria-label={props.digest}
      data-copy={props.digest}
      onClick={() => copyText(props.digest)}
    >
      <span class="digest-text">
        {head}
        <span class="digest-middle">{middle}</span>
        {tail}
      </span>
    </button>
  );
}
