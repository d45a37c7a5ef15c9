/** The view `platforms`: every child of an index side by side. */
import { useEffect, useState } from 'preact/hooks';
import type { Digest as DigestText } from '../../core/digest.ts';
import type { Descriptor } from '../../core/manifest.ts';
import type { Actions, ReadyImage } from '../../page/model.ts';
import type { PlatformMatrix } from '../../page/platform-matrix.ts';
import { Digest } from '../digest/digest.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { PlatformTable } from './platform-table.tsx';
import './platforms-view.css';

export interface PlatformsViewProps {
  readonly image: ReadyImage;
  readonly openPlatforms: Actions['openPlatforms'];
  readonly choosePlatform: (digest: DigestText) => void;
}

export function PlatformsView(props: PlatformsViewProps) {
  const matrix = useMatrix(props.image.root.digest, props.openPlatforms);
  if (matrix === undefined) return <p class="muted">Opening the index…</p>;
  const { choosePlatform, image } = props;
  return (
    <div class="platforms">
      <Reading matrix={matrix} />
      <PlatformTable rows={matrix.rows.value} {...{ image, choosePlatform }} />
      <Signatures matrix={matrix} />
      <Others others={matrix.others} />
    </div>
  );
}

/** Opened once for an index, whatever platform is shown of it, and left with the view. */
function useMatrix(root: DigestText, openPlatforms: Actions['openPlatforms']): PlatformMatrix | undefined {
  const [matrix, setMatrix] = useState<PlatformMatrix | undefined>(undefined);
  useEffect(() => {
    const left = new AbortController();
    const open = async (): Promise<void> => {
      const opened = await openPlatforms(left.signal);
      if (left.signal.aborted || opened === undefined) return;
      if (!opened.costsPulls) opened.read();
      setMatrix(opened);
    };
    void open();
    return () => {
      left.abort();
      setMatrix(undefined);
    };
  }, [root, openPlatforms]);
  return matrix;
}

function Reading({ matrix }: { matrix: PlatformMatrix }) {
  const rows = matrix.rows.value;
  const phase = matrix.phase.value;
  const known = rows.filter(({ config }) => config !== undefined).length;
  const failed = rows.find(({ error }) => error !== undefined)?.error;
  if (phase === 'waiting' && known < rows.length) {
    return (
      <p class="platforms-state">
        <button type="button" class="button" onClick={matrix.read}>
          Read all {rows.length} platforms
        </button>{' '}
        <span class="muted">
          Docker Hub counts each manifest that is not here yet as one of the pulls that it allows.
        </span>
      </p>
    );
  }
  if (phase === 'done' && failed !== undefined) {
    return (
      <ErrorAlert error={failed}>
        <button type="button" class="button" onClick={matrix.read}>
          Read again
        </button>
      </ErrorAlert>
    );
  }
  return (
    <p class="platforms-state muted" role="status">
      {known < rows.length ? `${known} of ${rows.length} platforms read…` : `${rows.length} platforms`}
    </p>
  );
}

/** Registries are asked for signatures only when somebody wants to know: it takes requests for each platform. */
function Signatures({ matrix }: { matrix: PlatformMatrix }) {
  const { running, error } = matrix.search.value;
  const isKnown = matrix.rows.value.every(({ referrers }) => referrers !== undefined);
  if (matrix.findReferrers === undefined || isKnown) return null;
  const look = (
    <button type="button" class="button" disabled={running} onClick={matrix.findReferrers}>
      {running ? 'Looking for signatures…' : 'Look for signatures'}
    </button>
  );
  return error === undefined ? <p>{look}</p> : <ErrorAlert error={error}>{look}</ErrorAlert>;
}

/** Children that belong to no platform of the index. */
function Others({ others }: { others: readonly Descriptor[] }) {
  if (others.length === 0) return null;
  return (
    <section>
      <h2>
        Also in this index <span class="muted">{others.length}</span>
      </h2>
      <ul class="platforms-others">
        {others.map(({ digest, mediaType, artifactType }) => (
          <li key={digest}>
            <Digest digest={digest} /> <code>{artifactType ?? mediaType}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
