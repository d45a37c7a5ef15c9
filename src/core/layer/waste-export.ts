/** The waste of an image for other programs: all of it as JSON, the paths as CSV (RFC 4180). */
import { cell } from './listing-export.ts';
import type { Waste } from './waste.ts';
import { ADVICE, adviseOn } from './waste-advice.ts';

export const WASTE_EXPORTS: Readonly<
  Record<'json' | 'csv', { readonly mediaType: string; text(waste: Waste): string }>
> = {
  json: { mediaType: 'application/json', text: jsonOf },
  csv: { mediaType: 'text/csv;charset=utf-8', text: csvOf },
};

/** Layers count from 0, the lowest, as in the image's manifest. */
function jsonOf({ paths, removedDirectories, ...figures }: Waste): string {
  const waste = {
    ...figures,
    paths: paths.map((wasted) => ({ ...wasted, path: `/${wasted.path}`, advice: adviseOn(wasted) })),
    removedDirectories: removedDirectories.map((removed) => ({ ...removed, path: `/${removed.path}` })),
  };
  return `${JSON.stringify(waste, undefined, 2)}\n`;
}

function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function csvOf({ paths }: Waste): string {
  const lines = paths.map((wasted) => {
    const layers = wasted.appearances.map(({ layer, what }) => `${layer} ${what}`).join('; ');
    const { path, bytes, appearances } = wasted;
    return csvLine([`/${path}`, bytes, appearances.length, layers, ADVICE[adviseOn(wasted)].title]);
  });
  return [csvLine(['path', 'bytes', 'times', 'layers', 'advice']), ...lines].join('');
}
