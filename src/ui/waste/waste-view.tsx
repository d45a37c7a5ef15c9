/** The view `waste`: what the image carries and nobody can see, where it comes from, and what to do about it. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { Actions, PlatformImage } from '../../page/model.ts';
import type { WasteReport } from '../../protocol/inspector.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { ReadingState } from '../files/reading-state.tsx';
import { useInspection } from '../files/use-inspection.ts';
import type { Address } from '../image/address.ts';
import { WasteAdvice } from './waste-advice.tsx';
import { WasteExport } from './waste-export.tsx';
import { WasteFigures } from './waste-figures.tsx';
import { RemovedDirectories, WastedPaths, type WasteLinks } from './wasted-paths.tsx';
import '../files/files-view.css';
import './waste-view.css';

export interface WasteViewProps {
  readonly selected: PlatformImage;
  readonly address: Address;
  readonly inspectFiles: Actions['inspectFiles'];
}

export function WasteView({ selected, address, inspectFiles }: WasteViewProps) {
  const opened = useInspection(selected, inspectFiles);
  if (selected.layers.length === 0) return <p class="files-note">This image has no layers, so it wastes nothing.</p>;
  if (opened === undefined) return <p class="muted">Starting to read the layers…</p>;
  if ('error' in opened) return <ErrorAlert error={opened.error} />;
  return <OpenedWaste {...{ selected, address }} inspection={opened.inspection} />;
}

interface OpenedWasteProps {
  readonly selected: PlatformImage;
  readonly address: Address;
  readonly inspection: Inspection;
}

function OpenedWaste({ selected, address, inspection }: OpenedWasteProps) {
  const waste = useWaste(inspection);
  const phase = inspection.phase.value.phase;
  const links: WasteLinks = {
    path: (path) => address({ view: 'files', path: `/${path}`, layer: undefined }),
    inLayer: (path, layer) => address({ view: 'files', path: `/${path}`, layer: selected.layers[layer]?.digest }),
  };
  return (
    <div class="waste">
      <ReadingState inspection={inspection} layers={selected.layers} />
      {waste !== undefined && 'error' in waste && <ErrorAlert error={waste.error} />}
      {waste === undefined && <p class="muted">Comparing the layers…</p>}
      {waste !== undefined && 'report' in waste && (
        <>
          <WasteFigures waste={waste.report} isPartial={phase !== 'ready'} layers={selected.layers.length} />
          <WasteAdvice waste={waste.report} />
          <WastedPaths waste={waste.report} links={links}>
            <WasteExport inspection={inspection} digest={selected.manifest.digest} />
          </WastedPaths>
          <RemovedDirectories removed={waste.report.removedDirectories} links={links} />
        </>
      )}
    </div>
  );
}

type AskedWaste = { readonly report: WasteReport } | { readonly error: PulltabError };

/** Asked again when more has been read; the answer before stays until the next is there. */
function useWaste(inspection: Inspection): AskedWaste | undefined {
  const [waste, setWaste] = useState<AskedWaste | undefined>(undefined);
  const revision = inspection.revision.value;
  const { phase } = inspection.phase.value;
  useEffect(() => {
    let left = false;
    inspection.waste().then(
      (report) => {
        if (!left) setWaste({ report });
      },
      (error: unknown) => {
        if (!left && !isAbort(error)) setWaste({ error: asPulltabError(error, 'compare the layers') });
      },
    );
    return () => {
      left = true;
    };
  }, [inspection, revision, phase]);
  return waste;
}
