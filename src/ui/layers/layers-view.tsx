/** The view `layers`: every layer with its sizes, its share, what made it, and the way to its files. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { rebuildDockerfile } from '../../core/report/dockerfile.ts';
import type { Actions, PlatformImage, ReadyImage } from '../../page/model.ts';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { SaveBlob, savesBlobs } from '../formats/save-blob.tsx';
import { Icon } from '../icon/icon.tsx';
import type { Address } from '../image/address.ts';
import { LayerBar } from '../image/layer-bar.tsx';
import { imageRows, type LayerRow, rootRows } from '../image/layer-rows.ts';
import { sumOfKnown, useUnpacked } from '../overview/use-unpacked.ts';
import './layers-view.css';

export interface LayersViewProps {
  readonly image: ReadyImage;
  readonly selected: PlatformImage | undefined;
  /** The digest that the link points at. */
  readonly layer: string | undefined;
  readonly address: Address;
  readonly unpackedSizes: Actions['unpackedSizes'];
  readonly download: Actions['download'];
}

export function LayersView(props: LayersViewProps) {
  const { image, selected, layer, address } = props;
  if (selected !== undefined) return <ImageLayers {...props} selected={selected} />;
  return <Table rows={rootRows(image.root)} unpacked={[]} layer={layer} address={address} />;
}

function ImageLayers({ image, selected, layer, address, ...actions }: LayersViewProps & { selected: PlatformImage }) {
  const rows = useMemo(() => builtRows(selected), [selected]);
  const unpacked = useUnpacked(selected, actions.unpackedSizes);
  if (rows.length === 0) return <p class="muted">This image has no layers: its file system is empty.</p>;
  const bytes = rows.reduce((sum, { size = 0 }) => sum + size, 0);
  const whole = sumOfKnown(unpacked, rows.length);
  return (
    <div class="layers-view">
      <p>
        {rows.length} {rows.length === 1 ? 'layer' : 'layers'},{' '}
        <span title={formatExactBytes(bytes)}>{formatSize(bytes)} compressed</span>
        {whole !== undefined && <span title={formatExactBytes(whole)}>, {formatSize(whole)} unpacked</span>}
        {whole === undefined && (
          <span class="muted">
            . How large they are unpacked is known once{' '}
            <a href={address({ view: 'files', layer: undefined })}>their files are read</a>.
          </span>
        )}
      </p>
      <LayerBar rows={rows} address={address} />
      <Table
        {...{ rows, unpacked, layer, address }}
        filesLinked
        save={savesBlobs(image) ? actions.download : undefined}
      />
    </div>
  );
}

/** With what made each as a Dockerfile has it. */
function builtRows(selected: PlatformImage): LayerRow[] {
  const { steps } = rebuildDockerfile(selected.config.history, selected.layers.length);
  const made = new Map(steps.map(({ layer, text }) => [layer, text]));
  return imageRows(selected).map((row, at) => ({ ...row, note: made.get(at) ?? row.note }));
}

interface TableProps {
  readonly rows: readonly LayerRow[];
  readonly unpacked: readonly (number | undefined)[];
  readonly layer: string | undefined;
  readonly address: Address;
  readonly filesLinked?: boolean;
  readonly save?: Actions['download'] | undefined;
}

function Table({ rows, unpacked, layer, address, filesLinked = false, save }: TableProps) {
  const hasSizes = rows.some(({ size }) => size !== undefined);
  const hasUnpacked = unpacked.some((size) => size !== undefined);
  const bytes = rows.reduce((sum, { size = 0 }) => sum + size, 0);
  return (
    <table class="table layers-table" aria-label="Layers">
      <thead>
        <tr>
          <th scope="col" class="number">
            #
          </th>
          {hasSizes && (
            <>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col" class="number">
                Share
              </th>
            </>
          )}
          {hasUnpacked && (
            <th scope="col" class="number">
              Unpacked
            </th>
          )}
          <th scope="col">Digest</th>
          <th scope="col">Created by</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <Row
            key={row.number}
            row={row}
            share={hasSizes ? (bytes === 0 ? 0 : (row.size ?? 0) / bytes) : undefined}
            unpacked={unpacked[at]}
            hasUnpacked={hasUnpacked}
            selected={row.digest === layer}
            files={filesLinked ? address({ view: 'files', layer: row.digest, path: undefined }) : undefined}
            save={save}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly row: LayerRow;
  /** 0 to 1; undefined where no sizes are known. */
  readonly share: number | undefined;
  readonly unpacked: number | undefined;
  readonly hasUnpacked: boolean;
  readonly selected: boolean;
  readonly files: string | undefined;
  readonly save: Actions['download'] | undefined;
}

function Row({ row, share, unpacked, hasUnpacked, selected, files, save }: RowProps) {
  const line = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (selected) line.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <tr ref={line} aria-current={selected ? 'true' : undefined}>
      <td class="number muted">{row.number}</td>
      {share !== undefined && (
        <>
          <td class="number" title={row.size === undefined ? undefined : formatExactBytes(row.size)}>
            {row.size === undefined ? '' : formatSize(row.size)}
          </td>
          <td class="number muted">{formatShare(share)}</td>
        </>
      )}
      {hasUnpacked && (
        <td class="number" title={unpacked === undefined ? 'not read yet' : formatExactBytes(unpacked)}>
          {unpacked === undefined ? '–' : formatSize(unpacked)}
        </td>
      )}
      <td class="layers-digest">
        <Digest digest={row.digest} />
        {row.diffId !== undefined && (
          <div class="layers-diff-id">
            <span class="muted">diffId</span> <Digest digest={row.diffId} />
          </div>
        )}
      </td>
      <td class="layers-note">
        {row.note === undefined ? <span class="muted">not recorded</span> : <code>{row.note}</code>}
        <p class="layers-facts muted">
          {row.mediaType !== undefined && <span>{row.mediaType || 'no media type stated'}</span>}
          {row.cached === true && (
            <span class="layers-cached">
              <Icon name="check" /> here
            </span>
          )}
          {row.cached === false && <span>not here yet</span>}
          {files !== undefined && <a href={files}>Files of this layer</a>}
          {save !== undefined && <SaveBlob name={`layer ${row.number}`} digest={row.digest} save={save} />}
        </p>
      </td>
    </tr>
  );
}

/** "12 %", "under 1 %". */
function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return 'under 1 %';
  return `${Math.round(share * 100)} %`;
}
