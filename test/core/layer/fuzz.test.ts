/**
 * 10,000 mutations of real layers, the same in every run: each is read and merged upon an unharmed one, and every path of
 * it is listed and followed. Nothing may throw, and nothing may lead out of the image.
 */
import { copyFileSync, linkSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { LayerIndex } from '../../../src/core/layer/layer-index.ts';
import { readLayer } from '../../../src/core/layer/read-layer.ts';
import { removeFolder, run, temporaryFolder } from '../../lab/process.ts';
import { setChecksum } from './hand-made-tar.ts';
import { expectSafe, expectSafeTree } from './safe-layer.ts';
import { streamOf } from './tar-listing.ts';

const folder = temporaryFolder('fuzz');
afterAll(() => removeFolder(folder));

const TARS = ['gnu', 'posix', 'ustar', 'sparse', 'libarchive'] as const;
const PER_TAR = 1500;
const PER_COMPRESSED = 1250;
const LIMITS = { uncompressedBytes: 8 * 1024 * 1024 };
const seeds = await makeTars();
const unharmed = await read(seeds.gnu);

describe('mutations of tars', () => {
  it.each(TARS)('%s', { timeout: 120_000 }, async (name) => {
    const random = createRandom(TARS.indexOf(name) + 1);
    const kinds = new Set<string>();
    for (let i = 0; i < PER_TAR; i += 1) {
      const index = await readSafely(mutateTar(seeds[name], random), `${name} ${i}`);
      for (const { kind } of index.problems) kinds.add(kind);
    }
    // Headers whose sum was wrong alone would prove little.
    expect([...kinds]).toEqual(expect.arrayContaining(['broken', 'unknown-type']));
  });
});

describe('mutations of compressed tars', () => {
  it('gzip, of one member and of several', { timeout: 120_000 }, async () => {
    const half = Math.floor(seeds.text.length / 2);
    const members = Buffer.concat([gzipSync(seeds.text.subarray(0, half)), gzipSync(seeds.text.subarray(half))]);
    await mutateCompressed([gzipSync(seeds.text), members], 'gzip');
  });

  it('zstd', { timeout: 120_000 }, async () => {
    const file = join(folder, 'text.tar');
    writeFileSync(file, seeds.text);
    await run('sh', [
      '-c',
      `cd ${folder} && zstd -q -19 text.tar && (head -c 9000 text.tar | zstd -q; tail -c +9001 text.tar | zstd -q) > two.zst`,
    ]);
    await mutateCompressed([readFileSync(`${file}.zst`), readFileSync(join(folder, 'two.zst'))], 'zstd');
  });
});

async function mutateCompressed(originals: readonly Buffer[], name: string): Promise<void> {
  const random = createRandom(name.length);
  let broken = 0;
  for (let i = 0; i < PER_COMPRESSED; i += 1) {
    const original = originals[i % originals.length] ?? Buffer.alloc(0);
    const index = await readSafely(mutate(original, random), `${name} ${i}`);
    if (!index.complete) broken += 1;
  }
  expect(broken).toBeGreaterThan(PER_COMPRESSED / 2);
}

async function readSafely(bytes: Buffer, name: string): Promise<LayerIndex> {
  try {
    const index = await read(bytes);
    expectSafe(index);
    expectSafeTree([unharmed, index]);
    return index;
  } catch (error) {
    throw new Error(`${name}: ${bytes.toString('base64')}`, { cause: error });
  }
}

function read(bytes: Uint8Array): Promise<LayerIndex> {
  return readLayer(streamOf(bytes, [4096]), { signal: new AbortController().signal, limits: LIMITS });
}

/** Small trees with a bit of everything. */
async function makeTars(): Promise<Record<(typeof TARS)[number] | 'text', Buffer>> {
  const root = join(folder, 'root');
  const deep = join(root, 'usr/share', 'directory-'.repeat(12), 'directory-'.repeat(12));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'file'), 'deep');
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n'.repeat(30));
  symlinkSync('../etc/passwd', join(root, 'etc/link'));
  symlinkSync('loop', join(root, 'loop'));
  linkSync(join(root, 'etc/passwd'), join(root, 'usr/hard'));
  writeFileSync(join(root, 'usr/.wh..wh..opq'), '');
  writeFileSync(join(root, 'etc/.wh.gone'), '');
  await run('mknod', [join(root, 'null'), 'c', '1', '3']);
  const holes = join(folder, 'holes');
  mkdirSync(holes);
  writeFileSync(join(holes, 'file'), Buffer.alloc(4096, 1));
  truncateSync(join(holes, 'file'), 1024 * 1024);
  const text = join(folder, 'text');
  mkdirSync(text);
  for (const name of ['services', 'protocols', 'passwd']) copyFileSync(`/etc/${name}`, join(text, name));
  const pack = async (command: string, from: string, ...options: string[]): Promise<Buffer> => {
    const tar = join(folder, 'packed.tar');
    await run(command, [...options, '-cf', tar, '-C', from, '.']);
    return readFileSync(tar);
  };
  const fixed = ['--sort=name', '--mtime=@1700000000.5', '--numeric-owner', '-b1'];
  return {
    gnu: await pack('tar', root, '--format=gnu', ...fixed),
    posix: await pack('tar', root, '--format=posix', ...fixed),
    ustar: await pack('tar', join(root, 'etc'), '--format=ustar', ...fixed),
    sparse: await pack('tar', holes, '--format=posix', '--sparse', ...fixed),
    text: await pack('tar', text, ...fixed),
    libarchive: await pack('bsdtar', root, '--format=pax', '-b1'),
  };
}

type Random = (below: number) => number;

/** mulberry32: the same numbers everywhere. */
function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What fields of headers and records are likely to break on. */
const TEXTS = ['../', '/', '\0', '.wh.', '.wh..wh..opq', '..', '-1', '99999999999', '7777777', ' ', '=', '\n', '\xff'];
const FLAGS = [...'0123456789LKxgSDV\0A'];

function mutate(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original);
  for (let left = 1 + random(4); left > 0; left -= 1) {
    const at = random(bytes.length);
    const length = 1 + random(Math.min(600, Math.ceil(bytes.length / 8)));
    switch (random(7)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = random(256);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 4:
        bytes.fill(random(2) * 255, at, Math.min(bytes.length, at + length));
        break;
      case 5:
        bytes = bytes.subarray(0, Math.max(1, at));
        break;
      default:
        put(bytes, at, TEXTS[random(TEXTS.length)]);
    }
  }
  return bytes;
}

/** As much of it as there is room for. */
function put(bytes: Buffer, at: number, text = ''): void {
  if (at < bytes.length) bytes.write(text, at, 'latin1');
}

/** Fields of headers more often than what is between them, and mostly with sums that are right again. */
function mutateTar(original: Buffer, random: Random): Buffer {
  const bytes = random(4) === 0 ? mutate(original, random) : Buffer.from(original);
  for (let left = 1 + random(4); left > 0; left -= 1) {
    const block = 512 * random(Math.max(1, Math.floor(bytes.length / 512)));
    const field = [0, 100, 108, 116, 124, 136, 156, 157, 257, 329, 345, 386, 483][random(13)] ?? 0;
    if (field === 156) put(bytes, block + field, FLAGS[random(FLAGS.length)]);
    else if (random(2) === 0) put(bytes, block + field + random(4), TEXTS[random(TEXTS.length)]);
    else put(bytes, block + field, String.fromCharCode(random(256)).repeat(random(12)));
  }
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) === 'ustar' && random(50) > 0) setChecksum(bytes, at);
  }
  return bytes;
}
