/** Layers side by side, as wide as they are large. Each is a link to its row and carries its number, not a colour. */
import { formatExactBytes, formatSize } from '../format-size.ts';
import type { Address } from './address.ts';
import type { LayerRow } from './layer-rows.ts';
import './layer-bar.css';

/** Share of the whole from which a segment has room for its number. */
const SHARE_WITH_NUMBER = 0.025;
/** Share from which it has room for its size as well. */
const SHARE_WITH_SIZE = 0.12;

export function LayerBar(props: { rows: readonly LayerRow[]; address: Address }) {
  const totalBytes = props.rows.reduce((sum, row) => sum + (row.size ?? 0), 0);
  return (
    <ul class="layer-bar">
      {props.rows.map((row) => {
        const size = row.size ?? 0;
        const share = totalBytes === 0 ? 0 : size / totalBytes;
        const label = `Layer ${row.number} of ${props.rows.length}, ${formatSize(size)}${row.cached ? ', already here' : ''}`;
        return (
          <li key={row.number} style={{ flexGrow: Math.max(share, 0.001) }}>
            <a
              href={props.address({ view: 'layers', layer: row.digest })}
              class={row.cached ? 'layer-segment layer-segment-cached' : 'layer-segment'}
              aria-label={label}
              title={`${label}\n${formatExactBytes(size)}${row.note === undefined ? '' : `\n${row.note}`}`}
              data-copy={row.digest}
            >
              {share >= SHARE_WITH_NUMBER && <span>{row.number}</span>}
              {share >= SHARE_WITH_SIZE && <span class="layer-segment-size">{formatSize(size)}</span>}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
