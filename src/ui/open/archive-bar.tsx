/** Above an image of an archive: which file it is from, and the ways to others. */
import type { ArchiveState, ReadyImage } from '../../page/model.ts';
import { formatSize } from '../format-size.ts';
import { FileButton } from './file-button.tsx';
import { IgnoredNames } from './ignored-names.tsx';
import './open-page.css';

export function ArchiveBar(props: {
  archive: ArchiveState;
  image: ReadyImage;
  /** What the link says; of a manifest that nobody else has only the views tell that show it. */
  view: string | undefined;
  openFile: (file: File) => void;
}) {
  const { archive, image, view = 'overview' } = props;
  if (archive.phase !== 'open') return null;
  const { fileName, bytes, images, ignored } = archive;
  return (
    <aside class="archive-bar" aria-label="Archive">
      <p>
        <span>
          From <strong>{fileName}</strong>, {formatSize(bytes)}, on this machine
        </span>
        {images.length > 1 && <a href="#/open">All {images.length} images in it</a>}
        <FileButton name="Open another file" open={props.openFile} />
      </p>
      {image.archive?.manifestMade === true && /^(?:overview|manifest)$/.test(view) && (
        <p class="muted">
          This archive holds no manifest, only a list of layers: the manifest shown here was made from that list, and
          its digest is no registry’s. The image ID is the same everywhere.
        </p>
      )}
      <IgnoredNames names={ignored} />
    </aside>
  );
}
