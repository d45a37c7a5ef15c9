/** Saves one blob as it is: a layer, a file of an artifact. A download like any other, checked before the file ends. */
import type { Digest } from '../../core/digest.ts';
import type { Actions, ReadyImage } from '../../page/model.ts';
import { Icon } from '../icon/icon.tsx';

export function SaveBlob(props: { name: string; digest: Digest; save: Actions['download'] }) {
  const { name, digest, save } = props;
  return (
    <button
      type="button"
      class="button button-quiet button-small"
      aria-label={`Save ${name}`}
      title={`${digest}, the bytes as the registry has them`}
      onClick={() => save({ format: 'blob', digest })}
    >
      <Icon name="download" /> Save
    </button>
  );
}

/** Whether blobs of it have a size and are not on this machine as it is. */
export function savesBlobs({ root, transport }: ReadyImage): boolean {
  return root.kind !== 'schema1' && transport.via !== 'file';
}
