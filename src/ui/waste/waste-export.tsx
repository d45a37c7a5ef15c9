/** Saves the whole report. */
import { useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { saveBlob } from '../files/save-blob.ts';

export function WasteExport({ inspection, digest }: { inspection: Inspection; digest: string }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  async function save(format: 'json' | 'csv'): Promise<void> {
    setBusy(true);
    setError(undefined);
    try {
      saveBlob(await inspection.exportWaste(format), `waste-${digest.split(':')[1]?.slice(0, 12)}.${format}`);
    } catch (failure) {
      if (!isAbort(failure)) setError(asPulltabError(failure, 'save the waste report'));
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <fieldset class="files-export" disabled={busy}>
        <legend class="unseen">Save the waste report</legend>
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
