/** One tar in every compression that layers come in, by the tools that compress them. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../../lab/process.ts';

export interface CompressedTar {
  readonly name: string;
  readonly file: string;
  readonly compression: 'gzip' | 'zstd' | 'none';
}

/** zstd: a frame that decoders skip, of 5 bytes; zstd:chunked keeps its table of contents in such. */
const SKIPPABLE = Buffer.from('5a2a4d18050000004c4142215a', 'hex');

/** @returns the tar's path, and its compressed forms, all of which are the same tar */
export async function compressTar(folder: string): Promise<{ tar: string; forms: CompressedTar[] }> {
  const tar = join(folder, 'layer.tar');
  // Compressed files are in it, too: what looks like the beginning of a gzip member is not always one.
  await run('sh', ['-c', `mkdir ${folder}/in && cp -r /etc/ssl/openssl.cnf /etc/services /bin/busybox ${folder}/in`]);
  await run('sh', ['-c', `cd ${folder}/in; for i in 1 2 3; do gzip -$i -c services > nested-$i.gz; done`]);
  await run('tar', ['--sort=name', '-cf', tar, '-C', join(folder, 'in'), '.']);
  const bytes = readFileSync(tar);
  const forms: CompressedTar[] = [{ name: 'plain', file: tar, compression: 'none' }];
  const add = (compression: 'gzip' | 'zstd', name: string, content: Uint8Array): void => {
    const file = join(folder, name);
    writeFileSync(file, content);
    forms.push({ name, file, compression });
  };
  const made = async (compression: 'gzip' | 'zstd', name: string, command: string): Promise<Buffer> => {
    const file = join(folder, name);
    await run('sh', ['-c', `cd ${folder} && ${command} > ${name}`]);
    forms.push({ name, file, compression });
    return readFileSync(file);
  };
  const fast = await made('gzip', 'gzip-1.gz', 'gzip -1 -c layer.tar');
  await made('gzip', 'gzip-9-without-name.gz', 'gzip -9 < layer.tar');
  await made('gzip', 'pigz.gz', 'pigz -p 4 -b 128 -c layer.tar');
  await made('gzip', 'two-members.gz', '(head -c 1000000 layer.tar | gzip; tail -c +1000001 layer.tar | gzip -1)');
  await made('gzip', 'empty-members.gz', '(gzip < /dev/null; gzip -c layer.tar; gzip < /dev/null)');
  add('gzip', 'stored.gz', gzipSync(bytes, { level: 0 }));
  add('gzip', 'zeros-behind.gz', Buffer.concat([fast, Buffer.alloc(100_000)]));
  add('gzip', 'one-zero-behind.gz', Buffer.concat([fast, Buffer.alloc(1)]));
  add('gzip', 'estargz-like.gz', Buffer.concat(pieces(bytes).map((piece) => gzipSync(piece))));
  add(
    'gzip',
    'estargz-like-zeros-behind.gz',
    Buffer.concat([readFileSync(join(folder, 'estargz-like.gz')), Buffer.alloc(9)]),
  );
  const zstd = await made('zstd', 'zstd-3.zst', 'zstd -q -c layer.tar');
  await made('zstd', 'zstd-19.zst', 'zstd -q -19 -c layer.tar');
  await made('zstd', 'zstd-long.zst', 'zstd -q -1 --long=24 < layer.tar');
  await made('zstd', 'zstd-unchecked.zst', 'zstd -q -1 --no-check < layer.tar');
  const halves = '(head -c 1000000 layer.tar | zstd -q; tail -c +1000001 layer.tar | zstd -q -1)';
  const frames = await made('zstd', 'zstd-frames.zst', halves);
  add('zstd', 'zstd-chunked-like.zst', Buffer.concat([frames, SKIPPABLE]));
  add('zstd', 'zstd-skippable-first.zst', Buffer.concat([SKIPPABLE, zstd]));
  return { tar, forms };
}

/** As stargz cuts a tar: at its entries, which here are a few whole blocks. */
function pieces(bytes: Buffer): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 512 * (1 + (cut.length % 23));
    cut.push(bytes.subarray(at, at + length));
    at += length;
  }
  return cut;
}

export function damage(folder: string, name: string, change: (bytes: Buffer) => Buffer): string {
  const file = join(folder, `damaged-${name}`);
  writeFileSync(file, '');
  appendFileSync(file, change(readFileSync(join(folder, name))));
  return file;
}
