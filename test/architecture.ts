/**
 * The table of what may import what, and the checker that reads imports out of a source with Vite's own parser: static
 * and dynamic imports, re-exports, `import('…')` types and `new URL('…', import.meta.url)`. The rules are those of
 * src/README.md; this table is their one executable form.
 */
import { posix } from 'node:path';
import { parseSync } from 'vite';

export interface SourceFile {
  /** From the repository's root: "src/core/digest.ts". */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly kind: 'import' | 'url';
  readonly specifier: string;
}

/** Realm → the realms it may import from, besides itself. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocol: ['core'],
  store: ['core'],
  workers: ['core', 'protocol', 'store'],
  sw: ['core', 'protocol', 'store'],
  page: ['core', 'protocol', 'store'],
  ui: ['core', 'protocol', 'page'],
  relay: ['core'],
  sample: ['core'],
};

/** Package → where it may appear. A package that is not here may appear nowhere. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  valibot: ['core', 'protocol', 'page', 'relay'],
  'hash-wasm': ['core/hash'],
  '@noble/hashes': ['core/hash'],
  'modern-tar': ['core/archive', 'core/layer', 'sample'],
  fflate: ['core/layer', 'sample'],
  fzstd: ['core/layer'],
  comlink: ['workers', 'page'],
  diff: ['core/report', 'ui/compare'],
  'highlight.js': ['ui/files'],
  yaml: ['core/credentials'],
  idb: ['store'],
  'workbox-window': ['page'],
  preact: ['ui'],
  '@preact/signals': ['ui'],
  '@preact/signals-core': ['page'],
  sirv: ['relay'],
  vite: ['sample', 'relay'],
};
const NODE_REALMS = ['relay', 'sample'];

/** Folder → folders within its own realm that it may not import. */
const FORBIDDEN_WITHIN: Readonly<Record<string, string>> = { 'core/archive': 'core/registry' };

/** The only files of another realm that may be named without being imported: a worker is started by its address. */
const WORKER_ADDRESSES: Readonly<Record<string, string>> = {
  'workers/pull.ts': 'page',
  'workers/inspect.ts': 'page',
  'workers/archive.ts': 'page',
  'workers/archive-sum.ts': 'page',
  'workers/unpack.ts': 'page',
};

const FORBIDDEN_NAMES = /^(?:index|utils?|helpers?|common|misc)\.[a-z]+$/;

/**
 * What is wrong with the imports and the name of a file, one line each; empty when nothing is.
 * @param exists whether a path from the repository's root is a file
 */
export function violations(file: SourceFile, exists: (path: string) => boolean): string[] {
  const within = posix.relative('src', file.path);
  const realm = within.split('/')[0] ?? '';
  const wrong: string[] = [];
  if (FORBIDDEN_NAMES.test(posix.basename(file.path))) wrong.push('is named for no one thing');
  if (ARROWS[realm] === undefined) return [`${file.path} is in no known realm`];
  for (const found of importsOf(file)) {
    // An address is relative to its module even without a dot: new URL('worker.ts', import.meta.url).
    const isPath = found.specifier.startsWith('.') || found.kind === 'url';
    const fault = isPath ? whyNotPath({ ...found, within, realm }, exists) : whyNotPackage(found.specifier, within);
    if (fault !== undefined) wrong.push(`${fault} (“${found.specifier}”)`);
  }
  return wrong.map((fault) => `${file.path} ${fault}`);
}

interface FoundImport extends Import {
  /** The importing file from src: "core/archive/plan.ts". */
  readonly within: string;
  readonly realm: string;
}

function whyNotPath({ kind, specifier, within, realm }: FoundImport, exists: (path: string) => boolean) {
  const target = posix.join('src', posix.dirname(within), specifier);
  if (!target.startsWith('src/')) return kind === 'url' && realm === 'relay' ? undefined : 'reaches out of src';
  if (!exists(target)) return 'imports a file that is not there';
  const targetWithin = posix.relative('src', target);
  const targetRealm = targetWithin.split('/')[0] ?? '';
  if (kind === 'url' && WORKER_ADDRESSES[targetWithin] === realm) return undefined;
  if (targetRealm !== realm && !ARROWS[realm]?.includes(targetRealm)) return `(${realm}) imports ${targetRealm}`;
  const forbidden = Object.entries(FORBIDDEN_WITHIN).find(
    ([from, to]) => within.startsWith(`${from}/`) && targetWithin.startsWith(`${to}/`),
  );
  return forbidden === undefined ? undefined : `(${forbidden[0]}) imports ${forbidden[1]}`;
}

function whyNotPackage(specifier: string, within: string): string | undefined {
  const isIn = (folder: string) => within.startsWith(`${folder}/`);
  if (specifier.startsWith('node:')) return NODE_REALMS.some(isIn) ? undefined : 'imports a part of Node';
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
  const places = PACKAGES[name];
  if (places === undefined) return `imports the package ${name}, which no place is known for`;
  return places.some(isIn) ? undefined : `imports ${name}, which belongs to ${places.join(', ')} only`;
}

/** Every address that a module names, in no particular order. */
function importsOf({ path, text }: SourceFile): Import[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const found: Import[] = [];
  visit(program, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
        if (isNode(node.source)) found.push({ kind: 'import', specifier: textOf(node.source, path) });
        return;
      case 'NewExpression':
        if (isOwnAddress(node)) found.push({ kind: 'url', specifier: textOf(node.arguments[0], path) });
        return;
    }
  });
  return found;
}

type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
  } else if (isNode(value)) {
    see(value);
    for (const child of Object.values(value)) visit(child, see);
  }
}

/** `new URL(…, import.meta.url)` */
function isOwnAddress(node: Node): node is Node & { readonly arguments: readonly unknown[] } {
  if (!isNode(node.callee) || node.callee.name !== 'URL' || !Array.isArray(node.arguments)) return false;
  const base: unknown = node.arguments[1];
  return isNode(base) && base.type === 'MemberExpression' && isNode(base.object) && base.object.type === 'MetaProperty';
}

function textOf(node: unknown, path: string): string {
  if (isNode(node) && typeof node.value === 'string') return node.value;
  throw new Error(`${path} imports something whose address is not a plain text, so that it cannot be checked`);
}
