/** The inspection of the shown image, for every view that is about its files. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { Actions, PlatformImage } from '../../page/model.ts';

type Opened = { readonly inspection: Inspection } | { readonly error: PulltabError };

/** Undefined until it is there. */
export function useInspection(selected: PlatformImage, inspectFiles: Actions['inspectFiles']): Opened | undefined {
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  const { digest } = selected.manifest;
  useEffect(() => {
    let left = false;
    setOpened(undefined);
    inspectFiles().then(
      (inspection) => {
        if (!left && inspection !== undefined) setOpened({ inspection });
      },
      (error: unknown) => {
        if (!left && !isAbort(error)) setOpened({ error: asPulltabError(error, 'start to read the layers') });
      },
    );
    return () => {
      left = true;
    };
  }, [digest, inspectFiles]);
  return opened;
}
