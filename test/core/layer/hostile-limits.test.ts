/** Layers that would never end, or fill the memory: each limit stops them, and says so. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { indexEntries } from '../../../src/core/layer/layer-index.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';
import { entry, pax, tarOf } from './hand-made-tar.ts';
import { expectSafe, kindsOf, readHostile, reasonsOf } from './safe-layer.ts';
import { readLayerFile, readLayerStream } from './tar-listing.ts';

const folder = temporaryFolder('hostile');
afterAll(() => removeFolder(folder));

const MIB = 1024 * 1024;

describe('limits', () => {
  it('gzip bombs of one member and of many end at the ratio', async () => {
    const zeros = gzipSync(Buffer.concat([entry({ name: 'zeros', sizeField: '77777777777' }), Buffer.alloc(64 * MIB)]));
    const limits = { ratioFreeBytes: 8 * MIB };
    const one = await readHostile(zeros, limits);
    const many = await readHostile(Buffer.concat([gzipSync(Buffer.alloc(0)), ...new Array(20).fill(zeros)]), limits);
    for (const index of [one, many]) {
      expect([index.complete, index.diffId, kindsOf(index)[0]]).toEqual([false, undefined, 'ratio']);
      expect(index.uncompressedBytes).toBeLessThan(40 * MIB);
      expect(reasonsOf(index)).toContain('Reading was stopped here.');
    }
  });

  it('a zstd bomb of 100 GB ends at the ratio too, and lets others work until then', async () => {
    const file = join(folder, 'bomb.zst');
    await run('sh', ['-c', `head -c 256M /dev/zero | zstd -q -1 > ${file}`]);
    writeFileSync(file, Buffer.concat(new Array(400).fill(readFileSync(file))));
    let breaths = 0;
    const breathing = setInterval(() => (breaths += 1), 1);
    const index = await readLayerFile(file, { limits: { ratioFreeBytes: 40 * MIB } });
    clearInterval(breathing);
    expect(breaths).toBeGreaterThan(0);
    expectSafe(index);
    expect([index.complete, kindsOf(index)[0]]).toEqual([false, 'ratio']);
    expect(index.uncompressedBytes).toBeLessThan(60 * MIB);
  });

  it('what compresses like real layers do is no bomb', async () => {
    const text = 'The same line again and again, as in a log.\n'.repeat(400_000);
    const index = await readHostile(gzipSync(tarOf(entry({ name: 'log', content: text }))), { ratioFreeBytes: MIB });
    expect([index.complete, index.problems]).toEqual([true, []]);
  });

  it('the size of a layer that never ends', async () => {
    let pieces = 0;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        pieces += 1;
        controller.enqueue(pieces === 1 ? new Uint8Array(entry({ sizeField: '77777777777' })) : new Uint8Array(MIB));
      },
    });
    const index = await readLayerStream(stream, { limits: { uncompressedBytes: 20 * MIB } });
    expect([index.complete, kindsOf(index)]).toEqual([false, ['too-large']]);
    expect(pieces).toBeLessThan(30);
  });

  it('entries that never end', async () => {
    let count = 0;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(entry({ name: `f${count++}` }))),
    });
    const index = await readLayerStream(stream, { limits: { entries: 1000 } });
    expect([index.count, index.complete, kindsOf(index)]).toEqual([1000, false, ['too-many-entries']]);
    expect(count).toBeLessThan(1200);
  });

  it('problems and extended attributes', async () => {
    const bad = Array.from({ length: 50 }, (_, i) => entry({ name: `../${i}` }));
    expect((await readHostile(tarOf(...bad), { problems: 10 })).problems).toHaveLength(10);
    const big = Array.from({ length: 5 }, (_, i) =>
      Buffer.concat([pax({ 'SCHILY.xattr.user.big': 'x'.repeat(1000) }), entry({ name: `${i}` })]),
    );
    const index = await readHostile(tarOf(...big), { xattrBytes: 1500 });
    expect(indexEntries(index).map(({ xattrs }) => xattrs !== undefined)).toEqual([true, true, false, false, false]);
    expect(kindsOf(index)).toEqual(['too-large']);
  });
});
