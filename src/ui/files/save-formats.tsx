/** Two buttons that save the same as JSON or as CSV. */
import { useState } from 'preact/hooks';
import { type Digest, digestHex } from '../../core/digest.ts';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { saveBlob } from './save-blob.ts';

export interface SaveFormatsProps {
  /** What is saved, for those who hear the page, and in errors: "the listing". */
  readonly what: string;
  readonly disabled?: boolean;
  /** Of the image's manifest, for the file's name. */
  readonly digest: Digest;
  /** The content, and what the file's name begins with. */
  readonly make: (format: 'json' | 'csv') => Promise<{ readonly blob: Blob; readonly name: string }>;
}

export function SaveFormats({ what, disabled = false, digest, make }: SaveFormatsProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  async function save(format: 'json' | 'csv'): Promise<void> {
    setBusy(true);
    setError(undefined);
    try {
      const { blob, name } = await make(format);
      saveBlob(blob, `${name}-${digestHex(digest).slice(0, 12)}.${format}`);
    } catch (failure) {
      if (!isAbort(failure)) setError(asPulltabError(failure, `save ${what}`));
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <fieldset class="files-export" disabled={busy || disabled}>
        <legend class="unseen">Save {what}</legend>
        <button type="button" class="button button-small" onClick={() => save('json')}>
          Save as JSON
        </button>
        <button type="button" class="button button-small" onClick={() => save('csv')}>
          Save as CSV
        </button>
      </fieldset>
      {error !== undefined && <ErrorAlert error={error} />}
    </>
  );
}
