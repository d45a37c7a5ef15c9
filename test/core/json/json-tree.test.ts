/** Documents as trees: against the engine's own reader, and against jq for what pointers lead to. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPointer, pointerOf } from '../../../src/core/json/json-pointer.ts';
import { foldable, foldedAtFirst, revealed, visibleRows } from '../../../src/core/json/json-rows.ts';
import { searchJson } from '../../../src/core/json/json-search.ts';
import { JSON_ROOT, JsonTree, NO_NODE } from '../../../src/core/json/json-tree.ts';
import { readJsonTree } from '../../../src/core/json/read-json-tree.ts';

function read(text: string): JsonTree {
  const tree = readJsonTree(text);
  if (tree instanceof JsonTree) return tree;
  throw new Error(`no JSON from ${tree.wrongAt} on`);
}

/** The value again, from the tree alone. */
function valueAt(tree: JsonTree, node = JSON_ROOT): unknown {
  const kind = tree.kind(node);
  if (kind === 'array') return [...tree.children(node)].map((child) => valueAt(tree, child));
  if (kind !== 'object') return JSON.parse(tree.source(node));
  return Object.fromEntries([...tree.children(node)].map((child) => [tree.key(child) ?? '', valueAt(tree, child)]));
}

/** The same document, with spaces of all kinds where JSON allows them. */
const spaced = fc
  .tuple(fc.jsonValue({ noUnicodeString: false, depthSize: 'medium' }), fc.constantFrom(undefined, 1, '\t', ' \t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent));

test('says what the engine’s reader says, of any document', () => {
  fc.assert(
    fc.property(spaced, (text) => {
      expect(valueAt(read(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('takes exactly what is JSON: one character put in, taken out or changed', () => {
  const change = fc.record({ at: fc.nat(), cut: fc.nat(1), put: fc.constantFrom('', ...'{}[]",:\\0-.eEtnu \n\u0001') });
  fc.assert(
    fc.property(spaced, change, (text, { at, cut, put }) => {
      const place = at % (text.length + 1);
      const changed = text.slice(0, place) + put + text.slice(place + cut);
      let isJson = true;
      try {
        JSON.parse(changed);
      } catch {
        isJson = false;
      }
      expect(readJsonTree(changed) instanceof JsonTree).toBe(isJson);
    }),
    { numRuns: 2000 },
  );
});

test('keeps what reading and printing would change: numbers, order, escapes, repeated keys, __proto__', () => {
  const tree = read('{"b": 12345678901234567890, "10": 1.0, "9": "\\u003c", "__proto__": {"x": 1}, "b": null}');
  const children = [...tree.children(JSON_ROOT)];
  expect(children.map((node) => tree.key(node))).toEqual(['b', '10', '9', '__proto__', 'b']);
  expect(children.map((node) => tree.source(node))).toEqual([
    '12345678901234567890',
    '1.0',
    '"\\u003c"',
    '{"x": 1}',
    'null',
  ]);
  expect(children.map((node) => tree.isRepeated(node))).toEqual([true, false, false, false, false]);
  expect(findPointer(tree, '/b')).toBe(children[4]);
  expect(findPointer(tree, '/__proto__/x')).not.toBe(NO_NODE);
});

test('nests as deep as a document does, and is as long', () => {
  const deep = `${'['.repeat(200_000)}1${']'.repeat(200_000)}`;
  const tree = read(deep);
  expect(tree.depth(tree.count - 1)).toBe(200_000);
  expect(visibleRows(tree, new Set()).length).toBe(200_000);
  const folded = foldedAtFirst(tree);
  expect(visibleRows(tree, folded).length).toBe(2);
  expect(visibleRows(tree, revealed(tree, folded, tree.count - 1)).length).toBe(200_000);
  expect(read(`[${'0,'.repeat(1_000_000)}0]`).count).toBe(1_000_002);
});

describe('pointers', () => {
  // https://www.rfc-editor.org/rfc/rfc6901#section-5
  const DOCUMENT = '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}';

  test.each([
    ['', DOCUMENT],
    ['/foo', '["bar","baz"]'],
    ['/foo/0', '"bar"'],
    ['/', '0'],
    ['/a~1b', '1'],
    ['/c%d', '2'],
    ['/e^f', '3'],
    ['/g|h', '4'],
    ['/i\\j', '5'],
    ['/k"l', '6'],
    ['/ ', '7'],
    ['/m~0n', '8'],
  ])('%j leads to %s', (pointer, source) => {
    const tree = read(DOCUMENT);
    const node = findPointer(tree, pointer);
    expect(tree.source(node)).toBe(source);
    expect(pointerOf(tree, node)).toBe(pointer);
  });

  test.each(['foo', '/foo/2', '/foo/00', '/foo/-', '/foo/0/x', '/nothing'])('%j leads nowhere', (pointer) => {
    expect(findPointer(read(DOCUMENT), pointer)).toBe(NO_NODE);
  });

  test('of every value are where jq finds it', () => {
    const manifest = {
      schemaVersion: 2,
      layers: [{ digest: 'sha256:aa', annotations: { 'a/b~c': 'x' } }, { urls: ['https://example.org'] }],
    };
    const text = JSON.stringify(manifest);
    const paths: unknown = JSON.parse(execFileSync('jq', ['-c', '[paths]'], { input: text }).toString());
    const tree = read(text);
    const pointers = Array.from({ length: tree.count - 1 }, (_, at) => pointerOf(tree, at + 1));
    const escaped = (part: unknown): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1');
    expect(pointers).toEqual((paths as unknown[][]).map((path) => path.map((part) => `/${escaped(part)}`).join('')));
  });
});

describe('rows and searches', () => {
  const TREE = read('{"a":{"b":[1,{"Needle":2}]},"c":"a \\u004eEEDLE","d":{}}');

  test('leave out what is folded', () => {
    expect(visibleRows(TREE, new Set()).length).toBe(7);
    expect([...visibleRows(TREE, foldable(TREE))].map((node) => TREE.key(node))).toEqual(['a', 'c', 'd']);
    expect(visibleRows(read('"alone"'), new Set()).length).toBe(1);
  });

  test('find keys and what texts say, in any case', () => {
    expect(searchJson(TREE, 'needle').map((node) => pointerOf(TREE, node))).toEqual(['/a/b/1/Needle', '/c']);
    expect(searchJson(TREE, '')).toEqual([]);
  });
});
