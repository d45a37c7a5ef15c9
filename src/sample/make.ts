/** `npm run sample [folder]` writes the sample image's files, for a look or for another static host. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { sampleFiles } from './image.ts';

const folder = process.argv[2] ?? 'dist';
const files = await sampleFiles();
for (const { path, bytes } of files) {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
}
const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
console.info(`${files.length} files, ${total} bytes, written to ${join(folder, 'v2')}`);
