import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decompress, decompressInto } from '../../../src/core/layer/decompress.ts';
import { indexEntries, type LayerIndex } from '../../../src/core/layer/layer-index.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';
import { compressTar, damage } from './compressed-tars.ts';
import { readLayerFile, readLayerStream, streamOf } from './tar-listing.ts';

const folder = temporaryFolder('compressed');
const { tar, forms } = await compressTar(folder);
const plain = readFileSync(tar);
const entries = indexEntries(await readLayerFile(tar));

afterAll(() => removeFolder(folder));

describe('a tar in any form', () => {
  it.each(forms)('$name', async ({ file, compression }) => {
    const bytes = readFileSync(file);
    for (const pieces of [[65_536], [10_000_000], [1, 7, 4093]]) {
      const index = await readLayerStream(streamOf(bytes, pieces));
      expect(index).toMatchObject({ compression, complete: true, problems: [], compressedBytes: bytes.length });
      expect(index.diffId).toBe(`sha256:${createHash('sha256').update(plain).digest('hex')}`);
      expect(indexEntries(index)).toEqual(entries);
    }
  });
});

it('zstd frames of a few bytes, as zstd:chunked has for small files, are decompressed one by one', async () => {
  const file = join(folder, 'small.zst');
  // Without a checksum, with one, of nothing, of the same byte, and one that is long enough to be told from its header.
  const contents = ['a', 'bc\\n', '', 'd'.repeat(70), 'e'.repeat(40_000), 'f'];
  const frames = contents.map(
    (text, at) => `printf '${text}' | zstd -c --no-progress ${at % 2 ? '--check' : '--no-check'}`,
  );
  await run('sh', ['-c', `(${frames.join('; ')}) > ${file}`]);
  const expected = contents.join('').replace('\\n', '\n');
  for (const pieces of [[65_536], [1]]) {
    const texts = [];
    for await (const piece of decompress(streamOf(readFileSync(file), pieces), { signal: AbortSignal.any([]) })) {
      texts.push(Buffer.from(piece).toString());
    }
    expect(texts.join('')).toBe(expected);
  }
});

describe('what cannot be decompressed', () => {
  const COMPRESSORS = [
    ['xz', 'xz -c'],
    ['bzip2', 'bzip2 -c'],
  ];
  it.each(COMPRESSORS)('%s is named', async (name, command) => {
    const file = join(folder, `layer.${name}`);
    await run('sh', ['-c', `${command} < ${tar} > ${file}`]);
    const index = await readLayerFile(file);
    expect(index).toMatchObject({ count: 0, complete: false });
    expect(index.problems[0]?.detail).toContain(`compressed by ${name}`);
  });

  it('zstd with a window that no layer needs is refused before memory is taken', async () => {
    // 2 GiB: `zstd --ultra --long=31` writes such, whatever it compresses.
    const file = join(folder, 'window.zst');
    await run('sh', ['-c', `zstd -q --ultra --long=31 < ${tar} > ${file}`]);
    const index = await readLayerFile(file);
    expect(index.problems[0]?.detail).toContain('window of 2147483648 bytes');
  });

  it('zstd that is cut off, damaged or followed by something else says so', async () => {
    const cut = (to: number) => damage(folder, 'zstd-3.zst', (bytes) => bytes.subarray(0, bytes.length - to));
    for (const bytes of [1, 4, 5, 1000, 200_000]) {
      const index = await readLayerFile(cut(bytes));
      expect(index).toMatchObject({ complete: false, diffId: undefined });
      expect(details(index)).toContain('its zstd data is cut off');
    }
    const damaged = damage(folder, 'zstd-3.zst', (bytes) => bytes.fill(0xff, 5000, 5100));
    expect(details(await readLayerFile(damaged))).toContain('its zstd data is damaged');
    const followed = damage(folder, 'zstd-3.zst', (bytes) => Buffer.concat([bytes, Buffer.from('nothing of it')]));
    expect(details(await readLayerFile(followed))).toContain('there is no frame where one has to begin');
  });

  it('gzip that is cut off says so, and what came before is there', async () => {
    for (const name of ['gzip-1.gz', 'estargz-like.gz']) {
      const index = await readLayerFile(damage(folder, name, (bytes) => bytes.subarray(0, bytes.length / 2)));
      expect(index).toMatchObject({ complete: false, diffId: undefined });
      expect(index.count).toBeGreaterThan(0);
      expect(details(index)).toMatch(/cut off/);
    }
  });
});

describe('whoever reads', () => {
  const gzip = () => readFileSync(join(folder, 'gzip-1.gz'));

  it('gets the same bytes by asking', async () => {
    for (const { file } of forms) {
      const hash = createHash('sha256');
      for await (const bytes of decompress(streamOf(readFileSync(file)), { signal: new AbortController().signal })) {
        hash.update(bytes);
      }
      expect(hash.digest('hex')).toBe(createHash('sha256').update(plain).digest('hex'));
    }
  });

  it('may leave at any time, which ends the stream', async () => {
    for (const leaveAfter of [1, 3]) {
      const { stream, wasCancelled } = endless(gzip());
      let pieces = 0;
      for await (const _ of decompress(stream, { signal: new AbortController().signal })) {
        pieces += 1;
        if (pieces === leaveAfter) break;
      }
      await expect.poll(wasCancelled).toBe(true);
    }
  });

  it('may stop it by a signal', async () => {
    const stop = new AbortController();
    const { stream, wasCancelled } = endless(gzip());
    const sink = () => {
      stop.abort();
      return true;
    };
    const reading = decompressInto(stream, sink, { signal: stop.signal });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(wasCancelled()).toBe(true);
  });

  it('meets what the stream and the sink throw as it is', async () => {
    const signal = new AbortController().signal;
    const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(new Uint8Array(gzip().subarray(0, 100_000))),
      pull: (controller) => controller.error(new Error('the network is gone')),
    });
    await expect(decompressInto(failing, () => true, { signal })).rejects.toThrow('the network is gone');
    const sink = () => {
      throw new Error('the sink is full');
    };
    for (const { file } of forms) {
      await expect(decompressInto(streamOf(readFileSync(file)), sink, { signal })).rejects.toThrow('the sink is full');
    }
  });
});

/** The bytes again and again, as a stream that says whether it was cancelled. */
function endless(bytes: Uint8Array): { stream: ReadableStream<Uint8Array<ArrayBuffer>>; wasCancelled: () => boolean } {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(bytes)),
    cancel() {
      cancelled = true;
    },
  });
  return { stream, wasCancelled: () => cancelled };
}

const details = ({ problems }: LayerIndex) => problems.map(({ detail }) => detail).join();
