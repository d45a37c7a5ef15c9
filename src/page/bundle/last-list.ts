/** The list of the bundle that this tab showed last, for pages of images that can be added to it. */
import { formatBundleList, parseBundleList } from '../../protocol/bundle-list.ts';
import { formatRoute } from '../../protocol/route.ts';
import { addTo } from './list-changes.ts';
import type { PastedImage } from './pasted-list.ts';

const KEY = 'bundle';

export function noteList(query: string): void {
  try {
    sessionStorage.setItem(KEY, query);
  } catch {
    // Without storage an image begins a bundle of its own.
  }
}

/** The address of the bundle with this image in it, and how many entries it has without. */
export function bundleWith(image: PastedImage): { readonly address: string; readonly listed: number } {
  const list = parseBundleList(lastList());
  const address = formatRoute({ name: 'bundle', query: formatBundleList(addTo(list, [image])) });
  return { address, listed: list.entries.length };
}

function lastList(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}
