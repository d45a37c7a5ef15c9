/** A merged tree and a folder that umoci has unpacked, in one form. */
import { execFileSync } from 'node:child_process';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { LayerIndex } from '../../../src/core/layer/layer-index.ts';
import { ROOT } from '../../../src/core/layer/path-table.ts';
import { readLayer } from '../../../src/core/layer/read-layer.ts';
import type { TreeView } from '../../../src/core/layer/tree-view.ts';

/** The layers of an OCI layout's last image, lowest first. */
export async function readLayout(layout: string): Promise<LayerIndex[]> {
  const blob = (digest: string): string => join(layout, 'blobs', digest.replace(':', '/'));
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const { layers } = JSON.parse(readFileSync(blob(manifests.at(-1).digest), 'utf8'));
  const signal = new AbortController().signal;
  return Promise.all(
    layers.map(({ digest }: { digest: string }) =>
      readLayer(Readable.toWeb(createReadStream(blob(digest))) as ReadableStream<Uint8Array<ArrayBuffer>>, { signal }),
    ),
  );
}

export interface Found {
  readonly path: string;
  readonly inode: number;
  readonly facts: readonly (string | number)[];
}

const LETTERS: Readonly<Record<string, string>> = {
  ...{ file: 'f', directory: 'd', symlink: 'l', fifo: 'p' },
  ...{ 'character-device': 'c', 'block-device': 'b' },
};

/** What both sides can know: hard links are files, links have no mode, directories have a size and a time of their own. */
function factsOf(
  type: string,
  mode: number,
  owner: readonly number[],
  rest: { size: number; s: number; target: string },
) {
  const { size, s, target } = rest;
  return [type, type === 'l' ? 0 : mode, ...owner, type === 'f' ? size : 0, type === 'd' ? 0 : s, target];
}

/** What GNU find sees. */
export function unpacked(root: string): Found[] {
  const format = '%P\\0%i\\0%y\\0%m\\0%U\\0%G\\0%s\\0%T@\\0%l\\0';
  const options = { encoding: 'utf8', maxBuffer: 1e9 } as const;
  const fields = execFileSync('find', [root, '-mindepth', '1', '-printf', format], options).split('\0');
  const found: Found[] = [];
  for (let at = 0; at + 8 < fields.length; at += 9) {
    const [path = '', inode, type = '', mode = '', uid, gid, size, time, target = ''] = fields.slice(at, at + 9);
    const rest = { size: Number(size), s: Math.floor(Number(time)), target };
    const facts = factsOf(type, Number.parseInt(mode, 8), [Number(uid), Number(gid)], rest);
    found.push({ path, inode: Number(inode), facts });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function merged(view: TreeView): Found[] {
  const found: Found[] = [];
  const { entries, table } = view;
  for (let node = ROOT + 1; node < view.count; node++) {
    if (!view.has(node)) continue;
    const content = view.inode(node);
    const rest = {
      size: view.size(node),
      s: Math.floor(entries.modifiedAtMs(content) / 1000),
      target: entries.linkTarget(content),
    };
    const facts = factsOf(
      LETTERS[entries.type(content)] ?? '?',
      entries.mode(content),
      [entries.uid(content), entries.gid(content)],
      rest,
    );
    found.push({ path: table.path(node), inode: content, facts });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Paths that are one file, in groups. */
export function linked(found: readonly Found[]): string[][] {
  const groups = new Map<number, string[]>();
  for (const { path, inode, facts } of found) {
    if (facts[0] !== 'd') groups.set(inode, [...(groups.get(inode) ?? []), path]);
  }
  return [...groups.values()].filter((paths) => paths.length > 1);
}

export function facts(found: readonly Found[]): string[] {
  return found.map(({ path, facts: ofPath }) => [path, ...ofPath].join(' | '));
}
