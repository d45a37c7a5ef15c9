/** The sample as it leaves the script: the same bytes every time, small, and whole. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SampleFile, sampleFiles } from '../../src/sample/image.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';

/** Whoever changes the sample changes this on purpose. */
const INDEX_DIGEST = 'sha256:5d874a980809db6e07a1a7372761a8386823e687171b4e92e15e8522954628d2';

interface Listed {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
interface Document {
  readonly mediaType?: string;
  readonly config?: Listed;
  readonly layers?: readonly Listed[];
  readonly manifests?: readonly Listed[];
}
interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly { readonly empty_layer?: boolean }[];
}

let files: SampleFile[];
let byPath: Map<string, SampleFile>;
beforeAll(async () => {
  files = await sampleFiles();
  byPath = new Map(files.map((file) => [file.path, file]));
});

it('is made anew to the byte, also by another process in another time zone', async () => {
  const folder = temporaryFolder('sample');
  const env = { TZ: 'Pacific/Auckland', LC_ALL: 'C' };
  await run('npx', ['tsx', 'src/sample/make.ts', folder], { env });
  const { stdout } = await run('find', ['v2', '-type', 'f', '-exec', 'sha256sum', '{}', '+'], { cwd: folder });
  const written = stdout.trim().split('\n').sort();
  removeFolder(folder);
  expect(written).toEqual(files.map(({ path, bytes }) => `${sha256(bytes)}  ${path}`).sort());
});

it('has the index it always had, under its tag and its digest', () => {
  const tagged = get('manifests/latest');
  expect(`sha256:${sha256(tagged.bytes)}`).toBe(INDEX_DIGEST);
  expect(get(`manifests/${INDEX_DIGEST}`)).toMatchObject({ bytes: tagged.bytes, mediaType: tagged.mediaType });
});

it('stays small', () => {
  expect(files.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(100_000);
});

it('holds all that its manifests name and nothing else', () => {
  const named = new Set(['manifests/latest', 'tags/list', `manifests/${INDEX_DIGEST}`]);
  const visit = (path: string): void => {
    const document = json<Document>(path);
    expect(document.mediaType).toBe(get(path).mediaType);
    for (const blob of [document.config, ...(document.layers ?? [])].flatMap((listed) => listed ?? [])) {
      check(`blobs/${blob.digest}`, blob);
      named.add(`blobs/${blob.digest}`);
    }
    for (const child of document.manifests ?? []) {
      check(`manifests/${child.digest}`, child);
      named.add(`manifests/${child.digest}`);
      visit(`manifests/${child.digest}`);
    }
  };
  visit('manifests/latest');
  expect([...byPath.keys()].sort()).toEqual([...named].map((path) => `v2/pulltab/sample/${path}`).sort());
});

describe.each([0, 1])('image %i', (at) => {
  it('has a config that fits its layers', () => {
    const image = json<Document>(`manifests/${json<Document>('manifests/latest').manifests?.[at]?.digest}`);
    const config = json<Config>(`blobs/${image.config?.digest}`);
    const uncompressed = (image.layers ?? []).map(({ digest }) => gunzipSync(get(`blobs/${digest}`).bytes));
    expect(config.rootfs.diff_ids).toEqual(uncompressed.map((tar) => `sha256:${sha256(tar)}`));
    expect(config.history.filter(({ empty_layer }) => empty_layer !== true)).toHaveLength(uncompressed.length);
  });
});

function check(path: string, { digest, size, mediaType }: Listed): void {
  const file = get(path);
  expect({ digest: `sha256:${sha256(file.bytes)}`, size: file.bytes.length, mediaType: file.mediaType }).toEqual({
    digest,
    size,
    mediaType,
  });
}

function get(path: string): SampleFile {
  const file = byPath.get(`v2/pulltab/sample/${path}`);
  if (file === undefined) throw new Error(`the sample has no ${path}`);
  return file;
}

function json<T>(path: string): T {
  return JSON.parse(new TextDecoder().decode(get(path).bytes)) as T;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
