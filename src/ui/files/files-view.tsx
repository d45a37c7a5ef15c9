/** The view `files`: the image's files, or what one layer did; and the file that the link opens. */
import { batch } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Inspection } from '../../page/inspection.ts';
import type { Actions, PlatformImage } from '../../page/model.ts';
import type { ImageScope } from '../../protocol/inspector.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import { lazily } from '../lazy/lazily.tsx';
import { parsePackageLens } from '../packages/package-filter.ts';
import { FilePane } from './file-pane.tsx';
import type { RowLinks } from './file-row.tsx';
import { FileTree } from './file-tree.tsx';
import { type FilesModel, filesModelOf, isFlatQuery } from './files-model.ts';
import { FilesTools } from './files-tools.tsx';
import { findsText, nameSearchOf, parseFind, parseLens } from './question.ts';
import { ReadingState } from './reading-state.tsx';
import { TextSearch } from './text-search.tsx';
import { useInspection } from './use-inspection.ts';
import { useNarrow } from './use-narrow.ts';
import { cleanPath, countOf } from './words.ts';
import './files-view.css';

const PackagesView = lazily(async () => (await import('../packages/packages-view.tsx')).PackagesView);

export interface FilesViewProps {
  readonly selected: PlatformImage;
  /** What the link's parameters of these names say. */
  readonly layer: string | undefined;
  readonly path: string | undefined;
  readonly line: string | undefined;
  readonly find: string | undefined;
  readonly lens: string | undefined;
  readonly address: Address;
  readonly inspectFiles: Actions['inspectFiles'];
}

export function FilesView(props: FilesViewProps) {
  const { selected, inspectFiles } = props;
  const opened = useInspection(selected, inspectFiles);
  if (selected.layers.length === 0) {
    return <p class="files-note">This image has no layers, so it has no files: it is a config and nothing else.</p>;
  }
  if (opened === undefined) return <p class="muted">Starting to read the layers…</p>;
  if ('error' in opened) return <ErrorAlert error={opened.error} />;
  return <Files {...props} inspection={opened.inspection} />;
}

function Files(props: FilesViewProps & { inspection: Inspection }) {
  const { inspection, selected, address } = props;
  const model = filesModelOf(inspection);
  const layerAt = selected.layers.findIndex(({ digest }) => digest === props.layer);
  const layer = layerAt < 0 ? undefined : layerAt;
  const openPath = props.path === undefined ? undefined : cleanPath(props.path);
  const packages = openPath === undefined ? parsePackageLens(props.lens) : undefined;
  const listsFiles = packages === undefined;
  const find = useMemo(() => parseFind(listsFiles ? props.find : undefined), [listsFiles, props.find]);
  const lens = parseLens(props.lens);
  const searchesText = findsText(find);
  const folded = useNarrow();
  // Where there is room for one of them, the file takes the list's place.
  const showsList = !folded || openPath === undefined;
  const links = useMemo(
    () => ({
      path: (path: string) => address({ view: 'files', path: `/${path}`, line: undefined }),
      layer: (at: number) => address({ view: 'files', layer: selected.layers[at]?.digest }),
    }),
    [address, selected.layers],
  );

  const scope = useMemo(
    (): ImageScope => (layer === undefined ? { kind: 'merged' } : { kind: 'layer', layer }),
    [layer],
  );
  useEffect(() => {
    if (JSON.stringify(scope) !== JSON.stringify(model.scope.peek())) model.scope.value = scope;
  }, [model, scope]);
  useEffect(() => {
    batch(() => {
      model.search.value = nameSearchOf(find);
      model.lens.value = lens;
    });
  }, [model, find, lens]);
  useEffect(() => model.follow(), [model]);

  return (
    <div class="files">
      {showsList && <FilesTools {...{ inspection, model, selected, layer, address, find, lens, listsFiles }} />}
      <ReadingState inspection={inspection} layers={selected.layers} />
      {showsList && listsFiles && !searchesText && <Summary model={model} />}
      {searchesText && (
        <div hidden={!showsList}>
          <TextSearch inspection={inspection} scope={scope} find={find} address={address} />
        </div>
      )}
      {props.layer !== undefined && layer === undefined && (
        <p class="files-note">
          This image has no layer of the digest that the link names: all of its files are listed.
        </p>
      )}
      {packages !== undefined && (
        <PackagesView {...{ inspection, selected, layer, address }} kind={packages.kind} find={props.find} />
      )}
      {listsFiles && (
        <div class={`files-body${openPath === undefined ? '' : ' files-body-split'}`}>
          {showsList && <TreePlace {...{ inspection, model, openPath, links, address }} folded={folded} />}
          {openPath !== undefined && (
            <FilePane
              key={`${layer ?? ''}/${openPath}`}
              {...{ inspection, address, layer, links }}
              path={openPath}
              line={props.line}
              layers={selected.layers}
            />
          )}
        </div>
      )}
    </div>
  );
}

function TreePlace(props: {
  inspection: Inspection;
  model: FilesModel;
  openPath: string | undefined;
  folded: boolean;
  links: RowLinks;
  address: Address;
}) {
  const { inspection, model } = props;
  const shown = model.shown.value;
  const error = model.error.value;
  if (error !== undefined) {
    return (
      <ErrorAlert error={error}>
        <button type="button" class="button" onClick={model.refresh}>
          List again
        </button>
      </ErrorAlert>
    );
  }
  if (shown === undefined) return <p class="files-nothing muted">Listing the files…</p>;
  if (shown.listing.rows === 0) return <Nothing {...{ inspection, model, address: props.address }} />;
  return <FileTree {...props} shown={shown} />;
}

function Nothing(props: { inspection: Inspection; model: FilesModel; address: Address }) {
  const { inspection, model, address } = props;
  const phase = inspection.phase.value.phase;
  const isFiltered = model.search.value !== undefined || model.lens.value !== undefined;
  if (phase === 'reading') return <p class="files-nothing muted">Nothing so far; layers are still being read.</p>;
  if (phase === 'failed' && !isFiltered) return <p class="files-nothing muted">Nothing of it could be read.</p>;
  if (isFiltered) {
    return (
      <div class="files-nothing">
        <p>No path matches.</p>
        <a class="button" href={address({ find: undefined, lens: undefined })}>
          Show all files
        </a>
      </div>
    );
  }
  const isLayer = model.scope.value.kind === 'layer';
  return <p class="files-nothing">{isLayer ? 'This layer changes no file.' : 'This image holds no files.'}</p>;
}

function Summary({ model }: { model: FilesModel }) {
  const shown = model.shown.value;
  if (shown === undefined) return null;
  const { listing, query } = shown;
  const isFlat = isFlatQuery(query);
  return (
    <div class="files-summary muted">
      <span role="status" data-asked={query.search?.text}>
        {isFlat && `${countOf(listing.rows, 'match', 'matches')} among `}
        {countOf(listing.totalPaths, 'path')} ·{' '}
        <span title={formatExactBytes(listing.totalBytes)}>{formatSize(listing.totalBytes)}</span>
      </span>
      {!isFlat && (
        <>
          <button
            type="button"
            class="button button-quiet button-small"
            onClick={() => (model.unfolding.value = { unfolded: 'all' })}
          >
            Unfold all
          </button>
          <button
            type="button"
            class="button button-quiet button-small"
            onClick={() => (model.unfolding.value = { unfolded: [] })}
          >
            Fold all
          </button>
        </>
      )}
    </div>
  );
}
