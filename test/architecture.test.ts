/** The architecture as src/README.md states it, held against the real files. The table is in architecture.ts. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ARROWS, violations } from './architecture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const TOP_LEVEL = [
  'LICENSE',
  'README.md',
  'index.html',
  'package-lock.json',
  'package.json',
  'public',
  'src',
  'test',
  'tsconfig.json',
  'vite.config.ts',
];
const README_MAX_LINES = 80;

const isFile = (path: string) => existsSync(join(root, path)) && statSync(join(root, path)).isFile();

describe('the real files', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => posix.join('src', path));

  test('import along the arrows only', () => {
    expect(sources.length).toBeGreaterThan(100);
    const wrong = sources.flatMap((path) => violations({ path, text: readFileSync(join(root, path), 'utf8') }, isFile));
    expect(wrong).toEqual([]);
  });

  test('lie under a fixed top level', () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
    const top = new Set(tracked.map((path) => path.split('/')[0] ?? ''));
    expect([...top].filter((name) => name !== '' && !name.startsWith('.')).sort()).toEqual(TOP_LEVEL);
  });

  test('are mapped by src/README.md', () => {
    const text = readFileSync(join(root, 'src/README.md'), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(README_MAX_LINES);
    const table = tableOf(text);
    const listed = table.map(({ folder }) => folder);
    // Whoever lists one folder of a parent lists all of them.
    const parents = new Set(['', ...listed.map((folder) => posix.join(folder, '..').replace(/^\.$/, ''))]);
    const real = [...parents].flatMap((parent) => foldersOf(parent));
    expect(listed.toSorted()).toEqual(real.toSorted());
    const realms = table.filter(({ folder }) => !folder.includes('/'));
    expect(Object.fromEntries(realms.map(({ folder, imports }) => [folder, imports]))).toEqual(ARROWS);
  });
});

/** Folders below a folder of src, as paths from src. */
function foldersOf(parent: string): string[] {
  return readdirSync(join(root, 'src', parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => posix.join(parent, entry.name));
}

interface Row {
  /** From src: "core/hash". */
  readonly folder: string;
  /** What its row says that it may import. */
  readonly imports: readonly string[];
}

/** The rows of the table whose first cell is a folder and whose last is what it may import. */
function tableOf(readme: string): Row[] {
  return [...readme.matchAll(/^\| `([\w/-]+)\/` +\|.*\|([^|]*)\|$/gm)].map(([, folder = '', last = '']) => ({
    folder,
    imports: [...last.replace(/, not .*/, '').matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
  }));
}

test('the table of a README is read', () => {
  const readme =
    '| folder | holds | may import |\n| `core/hash/` | `sums` | `core`, not `core/x` |\n| `ui/`  | views | `core`, `page` |\n';
  expect(tableOf(readme)).toEqual([
    { folder: 'core/hash', imports: ['core'] },
    { folder: 'ui', imports: ['core', 'page'] },
  ]);
});

describe('the checker', () => {
  const check = (path: string, text: string) => violations({ path, text }, () => true);

  test.each([
    ['src/ui/a.tsx', `import { job } from '../page/job.ts'; export const A = () => <p>{job}</p>;`],
    ['src/ui/a.tsx', `import { render } from 'preact'; import { x } from 'preact/hooks'; import './a.css';`],
    ['src/page/a.ts', `new Worker(new URL('../workers/pull.ts', import.meta.url), { type: 'module' });`],
    ['src/core/hash/a.ts', `const { sha256 } = await import('@noble/hashes/sha2.js');`],
    ['src/relay/a.ts', `import { createServer } from 'node:http'; new URL('../../dist', import.meta.url);`],
    ['src/relay/a.ts', `new URL('worker.ts', import.meta.url);`],
    ['src/core/a.ts', `new URL('../ui/app.tsx', 'https://example.org'); // import '../ui/app.tsx'`],
  ])('accepts %s: %s', (path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  test.each([
    ['src/core/a.ts', `import { a } from '../store/blobs.ts';`, '(core) imports store'],
    ['src/core/a.ts', `import type { A } from '../page/model.ts';`, '(core) imports page'],
    ['src/core/a.ts', `export { a } from '../relay/route.ts';`, '(core) imports relay'],
    ['src/core/a.ts', `export * from '../relay/route.ts';`, '(core) imports relay'],
    ['src/core/a.ts', `type A = import('../ui/app.tsx').A;`, '(core) imports ui'],
    ['src/store/a.ts', `import '../protocol/messages.ts';`, '(store) imports protocol'],
    ['src/page/a.ts', `await import('../workers/pull.ts');`, '(page) imports workers'],
    ['src/page/a.ts', `new URL('../sw/main.ts', import.meta.url);`, '(page) imports sw'],
    ['src/ui/a.ts', `new Worker(new URL('../workers/pull.ts', import.meta.url));`, '(ui) imports workers'],
    ['src/ui/a.ts', `import '../store/recent.ts';`, '(ui) imports store'],
    ['src/sw/a.ts', `import '../page/jobs.ts';`, '(sw) imports page'],
    ['src/relay/a.ts', `import '../protocol/route.ts';`, '(relay) imports protocol'],
    ['src/core/archive/a.ts', `import '../registry/client.ts';`, '(core/archive) imports core/registry'],
    ['src/page/a.ts', `import 'idb';`, 'belongs to store only'],
    ['src/page/a.ts', `import 'preact';`, 'belongs to ui only'],
    ['src/page/a.ts', `import '@preact/signals';`, 'belongs to ui only'],
    ['src/core/a.ts', `import 'hash-wasm';`, 'belongs to core/hash only'],
    ['src/core/a.ts', `import 'node:fs';`, 'a part of Node'],
    ['src/core/a.ts', `import 'fs';`, 'no place is known for'],
    ['src/core/a.ts', `import 'left-pad/lib/x';`, 'the package left-pad'],
    ['src/core/a.ts', `import '../../test/x.ts';`, 'reaches out of src'],
    ['src/core/index.ts', '', 'is named for no one thing'],
    ['src/ui/utils.ts', '', 'is named for no one thing'],
    ['src/lib/a.ts', '', 'is in no known realm'],
  ])('refuses in %s: %s', (path, text, fault) => {
    expect(check(path, text)).toEqual([expect.stringContaining(fault)]);
  });

  test('refuses a file that is not there, and an address that is not a plain text', () => {
    const text = `import './gone.ts';`;
    expect(violations({ path: 'src/core/a.ts', text }, () => false)).toEqual([expect.stringContaining('not there')]);
    expect(() => check('src/core/a.ts', 'await import(name);')).toThrow('not a plain text');
  });
});
