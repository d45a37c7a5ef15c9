/** Layers for tests of the tree: an index as `readLayer` would give it, of entries that are written down. */
import type { LayerEntry } from '../../../src/core/layer/entry.ts';
import { ENTRY_TYPES, type EntryExtras, type LayerIndex } from '../../../src/core/layer/layer-index.ts';

export type SomeEntry = Pick<LayerEntry, 'path' | 'type'> & Partial<LayerEntry>;

export function makeIndex(entries: readonly SomeEntry[]): LayerIndex {
  const { text: paths, ends: pathEnds } = joined(entries.map(({ path }) => path));
  const { text: links, ends: linkEnds } = joined(entries.map(({ linkTarget }) => linkTarget ?? ''));
  const extras = new Map<number, EntryExtras>();
  for (const [at, { xattrs, device }] of entries.entries()) {
    if (xattrs || device) extras.set(at, { ...(xattrs ? { xattrs } : {}), ...(device ? { device } : {}) });
  }
  return {
    count: entries.length,
    ...{ paths, pathEnds, links, linkEnds, extras },
    types: Uint8Array.from(entries, ({ type }) => ENTRY_TYPES.indexOf(type)),
    modes: Uint16Array.from(entries, ({ mode, type }) => mode ?? (type === 'directory' ? 0o755 : 0o644)),
    uids: Uint32Array.from(entries, ({ uid }) => uid ?? 0),
    gids: Uint32Array.from(entries, ({ gid }) => gid ?? 0),
    sizes: Float64Array.from(entries, ({ size }) => size ?? 0),
    offsets: Float64Array.from(entries, ({ offsetBytes }) => offsetBytes ?? 0),
    modifiedAtMs: Float64Array.from(entries, ({ modifiedAtMs }) => modifiedAtMs ?? 0),
    compression: 'none',
    compressedBytes: 0,
    uncompressedBytes: 0,
    contentBytes: entries.reduce((sum, { size }) => sum + (size ?? 0), 0),
    diffId: undefined,
    complete: true,
    problems: [],
  };
}

export const file = (path: string, size = 1, more: Partial<LayerEntry> = {}): SomeEntry => ({
  ...{ path, type: 'file', size },
  ...more,
});
export const directory = (path: string, more: Partial<LayerEntry> = {}): SomeEntry => ({
  ...{ path, type: 'directory' },
  ...more,
});
export const symlink = (path: string, linkTarget: string): SomeEntry => ({
  path,
  type: 'symlink',
  linkTarget,
  mode: 0o777,
});
export const hardlink = (path: string, linkTarget: string): SomeEntry => ({ path, type: 'hardlink', linkTarget });
export const whiteout = (path: string): SomeEntry => ({ path, type: 'whiteout' });
export const opaque = (path: string): SomeEntry => ({ path, type: 'opaque' });

function joined(texts: readonly string[]): { text: string; ends: Uint32Array<ArrayBuffer> } {
  let end = 0;
  return { text: texts.join(''), ends: Uint32Array.from(texts, (text) => (end += text.length)) };
}
