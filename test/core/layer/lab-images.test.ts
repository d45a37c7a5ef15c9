/**
 * The merged trees of the images that are made to be inspected, against `umoci unpack`, entry for entry. Those of them that
 * only pack the same layers in another way have the same entries, which lab-layers.test.ts compares.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTree } from '../../../src/core/layer/merged-tree.ts';
import { keptLayouts } from '../../lab/inspected-images.ts';
import { LAYOUTS } from '../../lab/inspected-layers.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';
import { facts, linked, merged, readLayout, unpacked } from './unpacked.ts';

const folder = temporaryFolder('lab-images');
let layouts: string;

// The first time on a machine the images have to be made.
beforeAll(async () => {
  layouts = await keptLayouts();
}, 600_000);
afterAll(() => removeFolder(folder));

describe.each(LAYOUTS)('the image %s', (name) => {
  it('is what umoci unpacks', async () => {
    const layout = join(layouts, name);
    const rootfs = join(folder, name);
    // Raw: without a runtime's config, of which umoci makes none for Windows.
    await run('umoci', ['raw', 'unpack', '--image', `${layout}:image`, rootfs]);
    const ours = merged(createTree(await readLayout(layout)).view({ kind: 'merged' }));
    const theirs = unpacked(rootfs);
    expect(theirs.length).toBeGreaterThan(5);
    expect(facts(ours)).toEqual(facts(theirs));
    expect(linked(ours).sort()).toEqual(linked(theirs).sort());
  }, 120_000);
});
