/**
 * What a first visit must load before an image shows, in bytes after `gzip -9`, and the limit on it. Run after a build:
 * `vite build && tsx test/size.ts`. Counted are dist/index.html, the scripts and styles it names, and all that those
 * scripts import statically. What comes later (dynamic imports, workers, the service worker) is listed, not counted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parseSync } from 'vite';

const LIMIT_BYTES = 45_000;
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const PAGE = 'index.html';
/** What shows an image: a chunk of its own for one of these would come late and not be counted. */
const SHOWS_AN_IMAGE = /\/(?:user-settings|session|open-image|image-page|image-head|overview|layer-table)-[^/]*$/;

/** The scripts and styles of the page: its own, and what they import statically. */
function firstFiles(): Set<string> {
  const html = readFileSync(join(DIST, PAGE), 'utf8');
  const files = new Set([PAGE]);
  for (const [tag] of html.matchAll(/<(?:script|link)\b[^>]*>/g)) {
    const isNeeded = tag.startsWith('<script') || /\brel="(?:stylesheet|modulepreload|preload)"/.test(tag);
    const address = /\b(?:src|href)="([^"]*)"/.exec(tag)?.[1];
    if (isNeeded && address !== undefined) addWithImports(files, posix.join(posix.dirname(PAGE), address));
  }
  return files;
}

function addWithImports(files: Set<string>, path: string): void {
  if (files.has(path)) return;
  files.add(path);
  if (!path.endsWith('.js')) return;
  for (const specifier of staticImports(path)) addWithImports(files, posix.join(posix.dirname(path), specifier));
}

function staticImports(path: string): string[] {
  const { errors, module } = parseSync(path, readFileSync(join(DIST, path), 'utf8'));
  if (errors.length > 0) throw new Error(`dist/${path} cannot be parsed: ${errors[0]?.message}`);
  const imports = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const reexports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => (moduleRequest ? [moduleRequest.value] : [])),
  );
  return [...imports, ...reexports];
}

function gzipBytes(path: string): number {
  return gzipSync(readFileSync(join(DIST, path)), { level: 9 }).byteLength;
}

/** Prints the sizes, largest first, and returns their sum. */
function report(title: string, paths: Iterable<string>): number {
  const sizes = [...paths].map((path) => ({ path, bytes: gzipBytes(path) })).sort((a, b) => b.bytes - a.bytes);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.info(title);
  for (const { path, bytes } of sizes) console.info(`  ${inKilobytes(bytes)}  ${path}`);
  console.info(`  ${inKilobytes(total)}  in all\n`);
  return total;
}

function inKilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(2).padStart(7)} kB`;
}

const first = firstFiles();
const later = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.(?:js|css|wasm)$/.test(path) && !first.has(path),
);
const total = report('Before an image shows (gzip -9):', first);
report('Later, or in workers (not counted):', later);
const uncounted = later.filter((path) => SHOWS_AN_IMAGE.test(path));
if (uncounted.length > 0) {
  console.error(`An image shows only after ${uncounted.join(', ')}, which the first list must count.`);
  process.exitCode = 1;
}
if (total > LIMIT_BYTES) {
  console.error(
    `A first visit loads ${total} bytes, which is ${total - LIMIT_BYTES} more than the ${LIMIT_BYTES} allowed.`,
  );
  process.exitCode = 1;
}
