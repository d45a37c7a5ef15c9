/** Images whose layers have a table of contents, made by the tools that define the formats. */
import { createCipheriv } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { skopeoCopy } from './images.ts';
import { startLoaders } from './loaders.ts';
import { run } from './process.ts';

/** A layer of so many bytes, which no compressor shrinks: its table of contents is a small part of it. */
export const NOISE_BYTES = 12 * 1024 * 1024;
export const SMALL_TEXT = 'a small file\n';
/** Long enough to be in several pieces. */
export const LONG_TEXT = Array.from({ length: 400_000 }, (_, line) => `line ${line} of many\n`).join('');

export interface ChunkedImages {
  readonly plain: string;
  readonly estargz: string;
  readonly zstdChunked: string;
}

/** Pushes the same two layers three times. @returns `repository:1` of each */
export async function pushChunkedImages(folder: string, host: string): Promise<ChunkedImages> {
  const layout = join(folder, 'layout');
  const image = ['--image', `${layout}:image`];
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', ...image]);
  for (const fill of [fillLower, fillUpper]) {
    const root = join(folder, fill.name);
    mkdirSync(root);
    fill(root);
    const fixed = ['--sort=name', '--mtime=@1700000000', '--owner=7', '--group=8', '--numeric-owner'];
    await run('tar', [...fixed, '-cf', `${root}.tar`, '-C', root, '.']);
    await run('umoci', ['raw', 'add-layer', ...image, `${root}.tar`]);
  }
  const archive = join(folder, 'plain.tar');
  await skopeoCopy(`oci:${layout}:image`, `oci-archive:${archive}:localhost/lab/plain:1`);
  const loaders = await startLoaders();
  try {
    await loaders.estargz(archive, join(folder, 'estargz.tar'));
  } finally {
    await loaders.stop();
  }
  const zstd = join(folder, 'zstd');
  // Straight into the registry skopeo 1.9 would take the gzip layers that are there.
  await skopeoCopy(`oci:${layout}:image`, `dir:${zstd}`, '--dest-compress', '--dest-compress-format', 'zstd:chunked');
  const images = { plain: 'chunked/plain:1', estargz: 'chunked/estargz:1', zstdChunked: 'chunked/zstd:1' };
  await skopeoCopy(`oci-archive:${archive}`, `docker://${host}/${images.plain}`);
  await skopeoCopy(`oci-archive:${join(folder, 'estargz.tar')}`, `docker://${host}/${images.estargz}`);
  await skopeoCopy(`dir:${zstd}`, `docker://${host}/${images.zstdChunked}`);
  return images;
}

function fillLower(root: string): void {
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/small'), SMALL_TEXT);
  writeFileSync(join(root, 'etc/removed'), 'removed\n');
  writeFileSync(join(root, 'etc/empty'), '');
  writeFileSync(join(root, 'etc/suid'), 'suid\n', { mode: 0o755 });
  symlinkSync('small', join(root, 'etc/link'));
  linkSync(join(root, 'etc/small'), join(root, 'etc/second-name'));
  const cipher = createCipheriv('aes-128-ctr', 'noise of the lab', Buffer.alloc(16));
  writeFileSync(join(root, 'noise'), cipher.update(Buffer.alloc(NOISE_BYTES)));
  writeFileSync(join(root, 'text'), LONG_TEXT);
}

function fillUpper(root: string): void {
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/.wh.removed'), '');
  writeFileSync(join(root, 'etc/above'), 'above\n');
}
