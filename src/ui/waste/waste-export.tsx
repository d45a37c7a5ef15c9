/** Saves the whole report. */
import type { Digest } from '../../core/digest.ts';
import type { Inspection } from '../../page/inspection.ts';
import { SaveFormats } from '../files/save-formats.tsx';

export function WasteExport({ inspection, digest }: { inspection: Inspection; digest: Digest }) {
  return (
    <SaveFormats
      what="the waste report"
      digest={digest}
      make={async (format) => ({ blob: await inspection.exportWaste(format), name: 'waste' })}
    />
  );
}
