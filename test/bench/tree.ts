/**
 * `tsx test/bench/tree.ts`: an image of 300,000 paths in eight layers, merged, listed and searched in this process. How
 * long each takes, and what the tree keeps in memory. Reports figures and never judges them by its exit code.
 */
import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { EntryType } from '../../src/core/layer/entry.ts';
import { IndexBuilder } from '../../src/core/layer/index-builder.ts';
import type { LayerIndex } from '../../src/core/layer/layer-index.ts';
import { createListing, type TreeQuery } from '../../src/core/layer/listing.ts';
import { createTree } from '../../src/core/layer/merged-tree.ts';
import type { TreeView } from '../../src/core/layer/tree-view.ts';
import { findWaste } from '../../src/core/layer/waste.ts';
import { describeMachine, waitForQuiet } from './machine.ts';

const LAYERS = 8;
const PATHS = 300_000;
const FILES_IN_DIRECTORY = 14;
const ROUNDS = 5;
const MOST_BUILD_MS = 1000;
const MOST_SEARCH_MS = 100;
const MOST_BYTES = 150e6;

const SEARCHES: readonly string[] = ['module-12345', 'package-3-77', 'lib/module-1', '.js', 'nothing-is-called-this'];

/** As a Node project has them: many packages, each with a handful of files; upper layers hide some of the lower. */
function makeLayer(layer: number): LayerIndex {
  const builder = new IndexBuilder();
  const add = (path: string, type: EntryType, size = 0): void =>
    builder.add({ path, type, mode: 0o644, uid: 0, gid: 0, size, modifiedAtMs: layer, linkTarget: '', offsetBytes: 0 });
  let left = PATHS / LAYERS;
  for (let at = 0; left > 0; at++) {
    const directory = `usr/lib/node_modules/package-${layer}-${at}/dist/lib`;
    add(directory, 'directory');
    if (layer > 0 && at % 50 === 0) add(`usr/lib/node_modules/package-${layer - 1}-${at}`, 'whiteout');
    for (let file = 0; file < FILES_IN_DIRECTORY; file++)
      add(`${directory}/module-${at}${file}.js`, 'file', 1000 + file);
    left -= FILES_IN_DIRECTORY + 1;
  }
  const none = { compression: 'none', compressedBytes: 0, uncompressedBytes: 0, diffId: undefined } as const;
  return { ...builder.columns(), ...none, complete: true, problems: [] };
}

async function main(): Promise<void> {
  console.info(await describeMachine());
  await waitForQuiet();
  const layers = Array.from({ length: LAYERS }, (_, layer) => makeLayer(layer));
  const before = heldBytes();
  const [tree, builtMs] = timed(() => {
    const merged = createTree(layers);
    return { merged, view: merged.view({ kind: 'merged' }) };
  });
  const bytes = heldBytes() - before;
  verdict(builtMs <= MOST_BUILD_MS, `${tree.view.totalPaths} paths merged in ${builtMs.toFixed(0)} ms`, MOST_BUILD_MS);
  verdict(bytes <= MOST_BYTES, `the tree keeps ${(bytes / 1e6).toFixed(0)} MB`, MOST_BYTES / 1e6);
  for (const text of SEARCHES) searchFor(tree.view, text);
  const all = medianMs(() => createListing(tree.view, { unfolded: 'all', order: 'name' }));
  console.info(`       all directories unfolded in ${all.toFixed(0)} ms`);
  console.info(`       waste found in ${timed(() => findWaste(layers))[1].toFixed(0)} ms`);
}

function searchFor(view: TreeView, text: string): void {
  const query: TreeQuery = { unfolded: [], order: 'name', search: { kind: 'name', text } };
  const ms = medianMs(() => createListing(view, query));
  const { rows } = createListing(view, query);
  verdict(
    ms <= MOST_SEARCH_MS,
    `${rows} paths found by ${JSON.stringify(text)} in ${ms.toFixed(0)} ms`,
    MOST_SEARCH_MS,
  );
}

function verdict(met: boolean, text: string, most: number): void {
  console.info(`${met ? 'ok    ' : 'MISSED'} ${text}; at most ${most}`);
}

function timed<T>(work: () => T): [T, number] {
  const startedMs = performance.now();
  const result = work();
  return [result, performance.now() - startedMs];
}

function medianMs(work: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => timed(work)[1]).sort((a, b) => a - b);
  return rounds[Math.floor(ROUNDS / 2)] ?? 0;
}

/** After everything that nothing holds is gone. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = memoryUsage();
  return heapUsed + arrayBuffers;
}

await main();
