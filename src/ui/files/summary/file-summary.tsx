/** What can be said of a file beyond its bytes: a program, certificates and keys, an archive, a database. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../../core/errors.ts';
import type { FileSummary } from '../../../core/layer/summaries/summarize.ts';
import type { Inspection } from '../../../page/inspection.ts';
import type { FileDetails, FilePlace } from '../../../protocol/inspector.ts';
import { ErrorAlert } from '../../error/error-alert.tsx';
import { formatSize } from '../../format-size.ts';
import type { Address } from '../../image/address.ts';
import { ArchiveSummary } from './archive-summary.tsx';
import { DatabaseSummary } from './database-summary.tsx';
import { ElfSummary } from './elf-summary.tsx';
import { PackagesSummary } from './packages-summary.tsx';
import { PemSummary } from './pem-summary.tsx';
import { SummaryFacts } from './summary-facts.tsx';
import './file-summary.css';

export interface FileSummaryProps {
  readonly inspection: Inspection;
  readonly place: FilePlace;
  readonly details: FileDetails;
  readonly address: Address;
}

export function FileSummaryView(props: FileSummaryProps) {
  const { summary, progress, error, again } = useSummary(props);
  if (error !== undefined) {
    return (
      <ErrorAlert error={error}>
        <button type="button" class="button" onClick={again}>
          Retry
        </button>
      </ErrorAlert>
    );
  }
  if (summary === 'asking') {
    const [read, total] = progress ?? [0, 0];
    return (
      <p class="muted" role="status">
        Summing up the file{total > 0 && `: ${formatSize(read)} of ${formatSize(total)} of its layer`}…
      </p>
    );
  }
  return (
    <div class="summary">
      {summary === undefined ? (
        <p class="muted">The file is damaged, too large to be summed up here, or not what it looks like.</p>
      ) : (
        <Summary summary={summary} address={props.address} />
      )}
    </div>
  );
}

function Summary({ summary, address }: { summary: FileSummary; address: Address }) {
  switch (summary.kind) {
    case 'elf':
      return <ElfSummary facts={summary.facts} address={address} />;
    case 'pem':
      return <PemSummary facts={summary.facts} />;
    case 'zip':
    case 'tar':
      return <ArchiveSummary archive={summary} />;
    case 'sqlite':
      return <DatabaseSummary facts={summary.facts} />;
    case 'packages':
      return <PackagesSummary packages={summary.packages} address={address} />;
    case 'plain':
      return <SummaryFacts facts={[['Kind', summary.facts.title], ...summary.facts.facts]} />;
  }
}

function useSummary({ inspection, place, details }: FileSummaryProps) {
  const [summary, setSummary] = useState<FileSummary | undefined | 'asking'>('asking');
  const [progress, setProgress] = useState<readonly [number, number] | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const { path, layer, of } = place;
  // Another entry at the path (`details`) has another content.
  useEffect(() => {
    const control = new AbortController();
    const { signal } = control;
    setSummary('asking');
    setError(undefined);
    const onProgress = (read: number, total: number): void => {
      if (!signal.aborted) setProgress([read, total]);
    };
    inspection.summarize({ path, layer, of }, { signal, onProgress }).then(
      (found) => !signal.aborted && setSummary(found),
      (failure: unknown) => {
        if (!signal.aborted && !isAbort(failure)) setError(asPulltabError(failure, `sum up /${path}`));
      },
    );
    return () => control.abort();
  }, [inspection, path, layer, of, details, attempt]);
  return { summary, progress, error, again: () => setAttempt(attempt + 1) };
}
