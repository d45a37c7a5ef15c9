/** A list of packages for other programs: JSON as it is, and CSV (RFC 4180) for spreadsheets. */
import { cell } from '../listing-export.ts';
import type { InstalledPackage } from './installed-package.ts';

const COLUMNS = [
  'kind',
  'name',
  'version',
  'architecture',
  'source',
  'license',
  'installedBytes',
  'layer',
  'layerDigest',
  'foundIn',
] as const;

export interface ExportedPackage extends InstalledPackage {
  /** From 1, as the page counts. */
  readonly layer: number;
  readonly layerDigest: string;
}

/** Paths are written absolute. */
export function exportPackages(packages: readonly ExportedPackage[], format: 'json' | 'csv'): string {
  const rows = packages.map((found) => ({ ...found, foundIn: `/${found.foundIn}` }));
  if (format === 'json') return `${JSON.stringify(rows, null, 2)}\n`;
  const lines = rows.map((row) => COLUMNS.map((column) => cell(row[column] ?? '')).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}
