/** Packages that one image has and the other has not, or in another version. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import { comparePackages, type PackageDifference } from '../../core/layer/packages/compare-packages.ts';
import type { Inspection } from '../../page/inspection.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { showName } from '../files/words.ts';

/** More than this is a list to save, not to read: the files view saves each image's packages. */
const SHOWN = 500;

const SIGNS = { added: '+', removed: '−', changed: '~' } as const;

export function PackageDifferences({ inspection }: { inspection: Inspection }) {
  const [found, error] = useDifferences(inspection);
  if (error !== undefined) return <ErrorAlert error={error} />;
  const count = (kind: keyof typeof SIGNS): number => found?.filter((one) => kindOf(one) === kind).length ?? 0;
  return (
    <section>
      <h2>
        Packages{' '}
        <span class="muted">
          {found === undefined
            ? 'reading…'
            : found.length === 0
              ? 'the same, or none that a database lists'
              : `${count('added')} added, ${count('removed')} removed, ${count('changed')} changed`}
        </span>
      </h2>
      {found !== undefined && found.length > 0 && (
        <ul class="compare-packages" aria-label="Packages compared">
          {found.slice(0, SHOWN).map((one) => (
            <li key={`${one.kind} ${one.name}`} class={`compare-${kindOf(one)}`}>
              <span class="compare-sign">
                {SIGNS[kindOf(one)]} {kindOf(one)}
              </span>
              <span class="muted">{one.kind}</span>
              <code>{showName(one.name)}</code>
              <span class="compare-versions">{versionsOf(one)}</span>
            </li>
          ))}
        </ul>
      )}
      {found !== undefined && found.length > SHOWN && (
        <p class="muted">
          The first {SHOWN} of {found.length} are shown.
        </p>
      )}
    </section>
  );
}

function kindOf({ was, is }: PackageDifference): keyof typeof SIGNS {
  if (was.length === 0) return 'added';
  return is.length === 0 ? 'removed' : 'changed';
}

function versionsOf({ was, is }: PackageDifference): string {
  return [was, is]
    .filter((versions) => versions.length > 0)
    .map((versions) => showName(versions.join(', ')))
    .join(' → ');
}

function useDifferences(
  inspection: Inspection,
): [found: readonly PackageDifference[] | undefined, error: PulltabError | undefined] {
  const [found, setFound] = useState<readonly PackageDifference[] | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  useEffect(() => {
    const left = new AbortController();
    const read = async (): Promise<void> => {
      try {
        const was = await inspection.packages('other', { signal: left.signal });
        const is = await inspection.packages('shown', { signal: left.signal });
        if (!left.signal.aborted) setFound(comparePackages(was.packages, is.packages));
      } catch (failure) {
        if (!left.signal.aborted && !isAbort(failure)) setError(asPulltabError(failure, 'compare the packages'));
      }
    };
    void read();
    return () => left.abort();
  }, [inspection]);
  return [found, error];
}
