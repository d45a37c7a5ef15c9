/** The keys that walk from row to row, the same in every list. https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/ */

/** @returns the row that a key leads to from the row at `index`, among `count`; undefined for keys that do not walk */
export function rowOfKey(
  key: string,
  { index, count, screenRows }: { readonly index: number; readonly count: number; readonly screenRows: number },
): number | undefined {
  const to = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + screenRows,
    PageUp: index - screenRows,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined ? undefined : Math.min(Math.max(to, 0), count - 1);
}
