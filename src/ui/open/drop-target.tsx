/** The whole window takes an archive that is dropped on it, and says so while a file is held over it. */
import { useEffect, useState } from 'preact/hooks';
import './drop-target.css';

export function DropTarget(props: { open: (file: File) => void }) {
  const { open } = props;
  const [isOver, setOver] = useState(false);
  useEffect(() => listen(setOver, open), [open]);
  // Not for assistive technology: nobody who drags needs to be told, and the file button says what can be opened.
  return isOver ? (
    <div class="drop-hint" aria-hidden="true">
      <p>
        <strong>Drop it to look inside</strong>
        <span>docker save, podman save, skopeo, buildx, OCI layouts; .tar, .tar.gz, .tar.zst</span>
        <span>Nothing leaves this machine.</span>
      </p>
    </div>
  ) : null;
}

/** What is above in the page comes first: a field that takes files itself has prevented the event by then. */
function listen(setOver: (isOver: boolean) => void, open: (file: File) => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  addEventListener(
    'dragover',
    (event) => {
      const takes = !event.defaultPrevented && (event.dataTransfer?.types.includes('Files') ?? false);
      setOver(takes);
      // Only a prevented event lets the page have what is dropped; the browser would leave the page for it.
      if (takes) event.preventDefault();
    },
    { signal },
  );
  addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal });
  addEventListener(
    'drop',
    (event) => {
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (event.defaultPrevented || file === undefined) return;
      event.preventDefault();
      open(file);
    },
    { signal },
  );
  return () => ending.abort();
}
