/** Saves a file as it is, a directory as a tar; says how far it is, and stops. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { FileDetails, FilePlace } from '../../protocol/inspector.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { saveBlob } from './save-blob.ts';
import { baseName } from './words.ts';

export function SaveButton(props: { inspection: Inspection; place: FilePlace; details: FileDetails }) {
  const { inspection, place, details } = props;
  const [progress, setProgress] = useState<readonly [number, number] | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const isDirectory = details.type === 'directory';

  async function save(): Promise<void> {
    const control = new AbortController();
    running.current = control;
    setError(undefined);
    setProgress([0, 0]);
    try {
      const onProgress = (read: number, total: number): void => setProgress([read, total]);
      const blob = await inspection.save(place, { signal: control.signal, onProgress });
      const name = place.path === '' ? 'rootfs' : baseName(place.path);
      saveBlob(blob, isDirectory ? `${name}.tar` : name);
    } catch (failure) {
      if (!isAbort(failure)) setError(asPulltabError(failure, `save /${place.path}`));
    } finally {
      setProgress(undefined);
    }
  }

  if (error !== undefined) return <ErrorAlert error={error} />;
  if (progress !== undefined) {
    const [read, total] = progress;
    return (
      <span class="file-saving">
        <span class="muted">{total > 0 ? `${formatSize(read)} of ${formatSize(total)}` : 'Reading…'}</span>
        <button type="button" class="button button-small" onClick={() => running.current?.abort()}>
          Stop
        </button>
      </span>
    );
  }
  return (
    <button type="button" class="button button-small" onClick={save}>
      <Icon name="download" /> {isDirectory ? 'Save as tar' : 'Save file'}
    </button>
  );
}
