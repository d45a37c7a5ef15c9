/** The columns of the platforms, and their order. */
import type { MatrixRow } from '../../page/platform-matrix.ts';

export const COLUMNS = [
  { name: 'platform', label: 'Platform', sortable: true },
  { name: 'digest', label: 'Digest', sortable: false },
  { name: 'size', label: 'Size', sortable: true },
  { name: 'layers', label: 'Layers', sortable: true },
  { name: 'shared', label: 'Shared', sortable: true },
  { name: 'compression', label: 'Packed', sortable: true },
  { name: 'created', label: 'Created', sortable: true },
  { name: 'entrypoint', label: 'Entry point', sortable: true },
  { name: 'attestations', label: 'Attestations and signatures', sortable: true },
] as const;

export type ColumnName = (typeof COLUMNS)[number]['name'];

/** Rows of which that is not known yet stay last, in either order. */
export function sortRows(
  rows: readonly MatrixRow[],
  order: { readonly column: ColumnName; readonly descending: boolean } | undefined,
): readonly MatrixRow[] {
  if (order === undefined) return rows;
  const { column, descending } = order;
  return rows.toSorted((a, b) => {
    const [left, right] = [valueIn(a, column), valueIn(b, column)];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    const ascending = left < right ? -1 : left > right ? 1 : 0;
    return descending ? -ascending : ascending;
  });
}

function valueIn(
  { choice, config, facts, attestations, referrers }: MatrixRow,
  column: ColumnName,
): string | number | undefined {
  switch (column) {
    case 'platform':
      return choice.label;
    case 'digest':
      return choice.digest;
    case 'size':
      return facts?.transferBytes;
    case 'layers':
      return facts?.layers;
    case 'shared':
      return facts?.sharedBytes;
    case 'compression':
      return facts?.compression;
    case 'created':
      return config?.created === undefined ? undefined : Date.parse(config.created);
    case 'entrypoint':
      return config && (config.entrypoint ?? config.cmd ?? []).join(' ');
    case 'attestations':
      return attestations.length + (referrers?.length ?? 0);
  }
}
