/** The lens `packages` of the files view: what the databases in the image say is installed, and which layer brought it. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import { exportPackages } from '../../core/layer/packages/package-export.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { PlatformImage } from '../../page/model.ts';
import { type FoundPackage, type ImagePackages, PACKAGE_FILES_LIMIT } from '../../protocol/inspector.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { SaveFormats } from '../files/save-formats.tsx';
import { countOf, showName } from '../files/words.ts';
import { formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import {
  choosePackages,
  formatPackageLens,
  KIND_NAMES,
  type PackageOrder,
  type PackageQuestion,
  packageKinds,
} from './package-filter.ts';
import { PackageTable } from './package-table.tsx';
import './packages-view.css';
import '../search-field/search-field.css';

export interface PackagesViewProps {
  readonly inspection: Inspection;
  readonly selected: PlatformImage;
  /** Only what this layer brought. */
  readonly layer: number | undefined;
  readonly kind: PackageQuestion['kind'];
  /** What the address's `find=` says. */
  readonly find: string | undefined;
  readonly address: Address;
}

export function PackagesView(props: PackagesViewProps) {
  const asked = usePackages(props.inspection);
  if (asked.error !== undefined) {
    return (
      <ErrorAlert error={asked.error}>
        <button type="button" class="button" onClick={asked.again}>
          Read again
        </button>
      </ErrorAlert>
    );
  }
  if (asked.found === undefined) return <Reading progress={asked.progress} inspection={props.inspection} />;
  return <Packages {...props} found={asked.found} />;
}

function Reading(props: { progress: readonly [number, number] | undefined; inspection: Inspection }) {
  const [read, total] = props.progress ?? [0, 0];
  const isListing = props.inspection.phase.value.phase === 'reading';
  return (
    <p class="files-nothing muted" role="status">
      {isListing
        ? 'Package databases are read when all layers are.'
        : `Reading package databases${total > 0 ? `: ${formatSize(read)} of ${formatSize(total)}` : ''}…`}
    </p>
  );
}

const known = new WeakMap<Inspection, ImagePackages>();

/** Read once an image, when its layers are: before, each further layer would make the answer another. */
function usePackages(inspection: Inspection) {
  const [found, setFound] = useState(() => known.get(inspection));
  const [progress, setProgress] = useState<readonly [number, number] | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const { phase } = inspection.phase.value;
  useEffect(() => {
    const before = known.get(inspection);
    setFound(before);
    setError(undefined);
    if (before !== undefined || phase === 'reading') return undefined;
    const control = new AbortController();
    const { signal } = control;
    const onProgress = (read: number, total: number): void => {
      if (!signal.aborted) setProgress([read, total]);
    };
    inspection.packages('shown', { signal, onProgress }).then(
      (packages) => {
        // Of layers that failed more may come.
        if (phase === 'ready') known.set(inspection, packages);
        if (!signal.aborted) setFound(packages);
      },
      (failure: unknown) => {
        if (!signal.aborted && !isAbort(failure)) setError(asPulltabError(failure, 'read the package databases'));
      },
    );
    return () => control.abort();
  }, [inspection, phase, attempt]);
  return { found, progress, error, again: () => setAttempt(attempt + 1) };
}

function Packages(props: PackagesViewProps & { found: ImagePackages }) {
  const { found, find = '', kind, layer, address } = props;
  const [order, setOrder] = useState<PackageOrder>('name');
  const chosen = useMemo(
    () => choosePackages(found.packages, { text: find, kind, layer, order }),
    [found, find, kind, layer, order],
  );
  return (
    <section class="packages" aria-label="Installed packages">
      <div class="packages-tools">
        <input
          type="search"
          class="search-field files-text"
          aria-label="Find packages"
          placeholder="Name, version, licence"
          value={find}
          // What is typed changes the address, but each letter is no step to go back to.
          onInput={(event) => location.replace(address({ find: event.currentTarget.value || undefined }))}
        />
        <Kinds {...props} />
        <Export {...props} chosen={chosen} />
      </div>
      <Summary {...props} chosen={chosen} />
      <Unread found={found} />
      {chosen.length === 0 ? (
        <Nothing {...props} />
      ) : (
        <PackageTable {...{ chosen, order, setOrder, address }} layers={props.selected.layers} />
      )}
    </section>
  );
}

function Kinds({ found, kind: current, address }: PackagesViewProps & { found: ImagePackages }) {
  const counts = new Map<string, number>();
  for (const { kind } of found.packages) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = packageKinds().filter((kind) => counts.has(kind));
  if (kinds.length < 2 && current === undefined) return null;
  return (
    <nav class="files-lenses" aria-label="Kinds of packages">
      {[undefined, ...kinds].map((kind) => (
        <a
          key={kind ?? ''}
          class="button button-small"
          aria-current={kind === current ? 'true' : undefined}
          href={address({ lens: formatPackageLens(kind) })}
        >
          {kind === undefined ? 'All' : KIND_NAMES[kind]}{' '}
          <span class="muted">{kind === undefined ? found.packages.length : counts.get(kind)}</span>
        </a>
      ))}
    </nav>
  );
}

function Export({ selected, chosen }: PackagesViewProps & { chosen: readonly FoundPackage[] }) {
  return (
    <SaveFormats
      what="the packages"
      digest={selected.manifest.digest}
      disabled={chosen.length === 0}
      make={async (format) => {
        const rows = chosen.map((found) => ({
          ...found,
          layer: found.layer + 1,
          layerDigest: selected.layers[found.layer]?.digest ?? '',
        }));
        const type = format === 'json' ? 'application/json' : 'text/csv;charset=utf-8';
        const blob = new Blob([exportPackages(rows, format)], { type });
        return { blob, name: 'packages' };
      }}
    />
  );
}

function Summary({ found, chosen }: PackagesViewProps & { found: ImagePackages; chosen: readonly FoundPackage[] }) {
  const bytes = chosen.reduce((sum, { installedBytes = 0 }) => sum + installedBytes, 0);
  const all = found.packages.length;
  return (
    <p class="files-summary muted" role="status">
      {chosen.length === all ? countOf(all, 'package') : `${countOf(chosen.length, 'package')} of ${all}`}
      {bytes > 0 && (
        <span title="What their databases say that they take once installed; npm and Python do not say it">
          · {formatSize(bytes)} installed
        </span>
      )}
      {found.system?.prettyName !== undefined && <span>· {showName(found.system.prettyName)}</span>}
    </p>
  );
}

function Unread({ found: { unread, leftOut } }: { found: ImagePackages }) {
  if (unread.length === 0 && leftOut === 0) return null;
  return (
    <div class="files-warning" role="note">
      {leftOut > 0 && (
        <p>
          {countOf(leftOut, 'file')} about npm’s and Python’s packages were not read: at most{' '}
          {countOf(PACKAGE_FILES_LIMIT, 'is', 'are')}.
        </p>
      )}
      {unread.length > 0 && (
        <details open={unread.length < 4}>
          <summary>{countOf(unread.length, 'file')} that should say what is installed could not be read</summary>
          <ul>
            {unread.slice(0, 200).map(({ path, reason }, at) => (
              <li key={`${at} ${path}`}>
                <code>{showName(`/${path}`)}</code>: {showName(reason)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Nothing({ found, layer, address, find, kind }: PackagesViewProps & { found: ImagePackages }) {
  const isFiltered = layer !== undefined || kind !== undefined || (find ?? '') !== '';
  if (found.packages.length > 0 && isFiltered) {
    return (
      <div class="files-nothing">
        <p>No package matches.</p>
        <a class="button" href={address({ find: undefined, layer: undefined, lens: formatPackageLens(undefined) })}>
          Show all packages
        </a>
      </div>
    );
  }
  return (
    <p class="files-nothing">
      This image has no package database that is read here: no dpkg, apk or rpm, and no package of npm or Python.
    </p>
  );
}
