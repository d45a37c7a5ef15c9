/** Saves the whole report. */
import type { Inspection } from '../../page/inspection.ts';
import { SaveFormats } from '../files/save-formats.tsx';

export function WasteExport({ inspection, digest }: { inspection: Inspection; digest: string }) {
  const name = `waste-${digest.split(':')[1]?.slice(0, 12)}`;
  return (
    <SaveFormats
      what="the waste report"
      make={async (format) => ({ blob: await inspection.exportWaste(format), name })}
    />
  );
}
