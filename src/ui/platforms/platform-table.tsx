/** One row a platform; its first cell chooses it. The first column stays while the others scroll. */
import { useMemo, useState } from 'preact/hooks';
import type { Digest as DigestText } from '../../core/digest.ts';
import type { ReadyImage } from '../../page/model.ts';
import type { MatrixRow } from '../../page/platform-matrix.ts';
import { Age } from '../age/age.tsx';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { formatShellLine } from '../image/shell-line.ts';
import { imageAddress } from '../tags/image-address.ts';
import { COLUMNS, type ColumnName, sortRows } from './sort-rows.ts';

export interface PlatformTableProps {
  readonly rows: readonly MatrixRow[];
  readonly image: ReadyImage;
  readonly choosePlatform: (digest: DigestText) => void;
}

export function PlatformTable(props: PlatformTableProps) {
  const [order, setOrder] = useState<{ column: ColumnName; descending: boolean } | undefined>(undefined);
  const rows = useMemo(() => sortRows(props.rows, order), [props.rows, order]);
  return (
    <div class="platforms-scroll">
      <table class="platforms-table">
        <thead>
          <tr>
            {COLUMNS.map(({ name, label, sortable }) => {
              const isOrder = order?.column === name;
              return (
                <th
                  key={name}
                  scope="col"
                  class={`platforms-${name}`}
                  aria-sort={isOrder ? (order.descending ? 'descending' : 'ascending') : undefined}
                >
                  {sortable ? (
                    <button
                      type="button"
                      class="platforms-order"
                      onClick={() => setOrder({ column: name, descending: isOrder && !order.descending })}
                    >
                      {label}
                      {isOrder && <span aria-hidden="true">{order.descending ? ' ↓' : ' ↑'}</span>}
                    </button>
                  ) : (
                    label
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <PlatformRow key={row.choice.digest} {...props} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PlatformRow(props: PlatformTableProps & { row: MatrixRow }) {
  const { row, image, choosePlatform } = props;
  const { choice, config, facts, error } = row;
  const isChosen = image.selectedDigest === choice.digest;
  const features = choice.platform?.osFeatures ?? [];
  const waits = error === undefined ? <span class="muted">…</span> : <span class="muted">not read</span>;
  return (
    <tr aria-current={isChosen ? 'true' : undefined}>
      <th scope="row" class="platforms-platform">
        <button
          type="button"
          class="platforms-choose"
          aria-pressed={isChosen}
          title={isChosen ? 'This platform is shown' : 'Show this platform'}
          onClick={() => choosePlatform(choice.digest)}
        >
          {choice.label}
          {isChosen && <Icon name="check" />}
        </button>
        {features.length > 0 && <span class="platforms-features muted">{features.join(' ')}</span>}
      </th>
      <td>
        <Digest digest={choice.digest} />
      </td>
      <td class="number" title={facts && formatExactBytes(facts.transferBytes)}>
        {facts === undefined ? waits : formatSize(facts.transferBytes)}
      </td>
      <td class="number">{facts === undefined ? waits : facts.layers}</td>
      <td class="number" title={facts && formatExactBytes(facts.sharedBytes)}>
        {facts === undefined ? waits : facts.sharedLayers === 0 ? 'none' : sharedWords(facts)}
      </td>
      <td>{facts === undefined ? waits : facts.compression}</td>
      <td>
        {config === undefined ? waits : config.created ? <Age at={config.created} suffix="old" /> : 'not recorded'}
      </td>
      <td class="platforms-entrypoint">
        {config === undefined ? waits : <code>{formatShellLine(config.entrypoint ?? config.cmd ?? []) || '—'}</code>}
      </td>
      <td>
        <Attestations {...props} {...row} />
      </td>
    </tr>
  );
}

function sharedWords({ sharedLayers, sharedBytes }: NonNullable<MatrixRow['facts']>): string {
  return `${sharedLayers} · ${formatSize(sharedBytes)}`;
}

type AttestationsProps = Pick<MatrixRow, 'attestations' | 'referrers'> & { readonly image: ReadyImage };

function Attestations({ image, attestations, referrers }: AttestationsProps) {
  const all = [
    ...attestations.map(({ digest, predicates }) => ({ digest, name: predicates.join(', ') || 'attestation' })),
    ...(referrers ?? []).filter(({ digest }) => attestations.every((known) => known.digest !== digest)),
  ];
  if (all.length === 0) return <span class="muted">{referrers === undefined ? 'none in the index' : 'none'}</span>;
  const hasPages = image.transport.via !== 'static' && image.transport.via !== 'file';
  return (
    <ul class="platforms-attestations">
      {all.map(({ digest, name }) => (
        <li key={`${digest} ${name}`}>
          {digest !== undefined && hasPages ? <a href={imageAddress({ ...image.reference, digest })}>{name}</a> : name}
        </li>
      ))}
    </ul>
  );
}
