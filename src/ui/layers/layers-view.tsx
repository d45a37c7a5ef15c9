/** The view `layers`: every layer with its sizes, its share, what made it, and the way to its files. */
import { useEffect, useRef } from 'preact/hooks';
import type { Actions, PlatformImage, ReadyImage } from '../../page/model.ts';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
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
}

export function LayersView(props: LayersViewProps) {
  const { image, selected, layer, address } = props;
  if (selected !== undefined) return <ImageLayers {...props} selected={selected} />;
  return <Table rows={rootRows(image.root)} unpacked={[]} layer={layer} address={address} />;
}

function ImageLayers({ selected, layer, address, unpackedSizes }: LayersViewProps & { selected: PlatformImage }) {
  const rows = imageRows(selected);
  const unpacked = useUnpacked(selected, unpackedSizes);
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
      <Table rows={rows} unpacked={unpacked} layer={layer} address={address} filesLinked />
    </div>
  );
}

interface TableProps {
  readonly rows: readonly LayerRow[];
  readonly unpacked: readonly (number | undefined)[];
  readonly layer: string | undefined;
  readonly address: Address;
  readonly filesLinked?: boolean;
}

function Table({ rows, unpacked, layer, address, filesLinked = false }: TableProps) {
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
}

function Row({ row, share, unpacked, hasUnpacked, selected, files }: RowProps) {
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
