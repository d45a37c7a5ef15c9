/** Layers as a table beside the bar, a line each; the view of layers has whole instructions and media types. */
import type { ComponentChildren } from 'preact';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import type { LayerRow } from './layer-rows.ts';
import { shortMediaType } from './media-type-name.ts';
import './layer-table.css';

export interface LayerTableProps {
  /** Accessible name: "Layers", "Files". */
  readonly name: string;
  /** Head of the column with `note`. */
  readonly noteName: string;
  readonly rows: readonly LayerRow[];
  /** What can be done with a row. */
  readonly action?: ((row: LayerRow) => ComponentChildren) | undefined;
}

export function LayerTable(props: LayerTableProps) {
  const { rows, action } = props;
  const hasSizes = rows.some((row) => row.size !== undefined);
  const hasTypes = rows.some((row) => row.mediaType !== undefined);
  const showsCache = rows.some((row) => row.cached !== undefined);
  return (
    <table class="table layer-table" aria-label={props.name}>
      <thead>
        <tr>
          <th scope="col" class="number">
            #
          </th>
          {hasSizes && (
            <th scope="col" class="number">
              Size
            </th>
          )}
          <th scope="col">Digest</th>
          <th scope="col" class="layer-note">
            {props.noteName}
          </th>
          {hasTypes && <th scope="col">Type</th>}
          {showsCache && <th scope="col">Cache</th>}
          {action && (
            <th scope="col">
              <span class="unseen">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.number} {...{ row, hasSizes, hasTypes, showsCache, action }} />
        ))}
      </tbody>
    </table>
  );
}

function Row(props: {
  row: LayerRow;
  hasSizes: boolean;
  hasTypes: boolean;
  showsCache: boolean;
  action: LayerTableProps['action'];
}) {
  const { row } = props;
  return (
    <tr>
      <td class="number layer-number">{row.number}</td>
      {props.hasSizes && (
        <td class="number layer-size" title={row.size === undefined ? undefined : formatExactBytes(row.size)}>
          {row.size === undefined ? '' : formatSize(row.size)}
        </td>
      )}
      <td class="layer-digest">
        <Digest digest={row.digest} />
      </td>
      <td class="layer-note" title={row.note}>
        {row.note === undefined ? <span class="muted">not recorded</span> : <code>{row.note}</code>}
      </td>
      {props.hasTypes && (
        <td class="layer-type muted" title={row.mediaType}>
          {shortMediaType(row.mediaType ?? '')}
        </td>
      )}
      {props.showsCache && (
        <td class="layer-cached">
          {row.cached && (
            <span class="cached-mark">
              <Icon name="check" /> here
            </span>
          )}
        </td>
      )}
      {props.action && <td class="number">{props.action(row)}</td>}
    </tr>
  );
}
