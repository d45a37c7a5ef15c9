/** The Tags view's state, over the app's own client. There is no IndexedDB here: everything works without storage. */
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/core/manifest.ts';
import { OCI_INDEX } from '../../src/core/media-types.ts';
import { parseReference } from '../../src/core/parse-reference.ts';
import { createRegistryClient, type Endpoint } from '../../src/core/registry/client.ts';
import type { ReadyImage } from '../../src/page/model.ts';
import { createTags, seeTag } from '../../src/page/tags.ts';
import type { Way } from '../../src/page/transport.ts';
import { bytesOf, digestOf } from '../core/documents.ts';
import { type Answer, fakeFetch, json, unreachable } from '../core/registry/fake-fetch.ts';

const BYTES = bytesOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
const DIGEST = digestOf('a');
const IMAGE: ReadyImage = {
  phase: 'ready',
  title: 'registry.example/a/b:1',
  reference: parseReference('registry.example/a/b:1'),
  transport: { via: 'direct', label: 'direct' },
  root: parseManifest(BYTES, { attempted: 'read it', digest: DIGEST, contentType: OCI_INDEX }),
  platforms: [],
  otherChildren: [],
  selected: undefined,
  selectedDigest: undefined,
};

function way(answer: Answer, via: 'direct' | 'relay' = 'direct') {
  const fake = fakeFetch(answer);
  const base = via === 'direct' ? 'https://registry.example' : 'https://page.example/relay/r/registry.example';
  const endpoint: Endpoint = { registry: 'registry.example', base, via };
  const made: Way = { client: createRegistryClient({ endpoint, fetch: fake.fetch }), view: { via, label: via } };
  return { ...fake, way: made };
}

/** An image of a repository of its own: lists are kept by its name. */
let repositories = 0;
const image = (): ReadyImage => ({
  ...IMAGE,
  reference: parseReference(`registry.example/a/b${repositories++}:1`),
});

const lastOf = (url: string): string | null => new URL(url).searchParams.get('last');
const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `t${from + at}`);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('the list', () => {
  test('asks for nothing before it is read', async () => {
    const { way: direct, asked } = way(() => json({ tags: [] }));
    expect(createTags(image(), [direct]).list.value).toMatchObject({ names: [], phase: 'idle', end: undefined });
    await settled();
    expect(asked).toEqual([]);
  });

  test('of a registry that never ends stops after 10,000 tags, and goes on when asked to', async () => {
    let page = 0;
    const { way: direct, asked } = way(() => json({ tags: names(1000, 1000 * page++) }));
    const tags = createTags(image(), [direct]);
    await tags.read();
    expect(tags.list.value).toMatchObject({ phase: 'idle', end: undefined, error: undefined });
    expect(tags.list.value.names).toHaveLength(10_000);
    expect(asked).toHaveLength(10);
    await tags.read();
    expect(tags.list.value.names).toHaveLength(20_000);
  });

  test('of a registry that sends one tag a page stops after 100 pages', async () => {
    let page = 0;
    const { way: direct, asked } = way(() => json({ tags: names(1, page++) }));
    const tags = createTags(image(), [direct]);
    await tags.read();
    expect(asked).toHaveLength(100);
    expect(tags.list.value.names).toHaveLength(100);
  });

  test('keeps what came before a page that failed, and reads on from there', async () => {
    let down = true;
    const { way: direct } = way(({ url }) => {
      if (lastOf(url) === null) return json({ tags: names(10) });
      if (lastOf(url) === 't19') return json({ tags: [] });
      return down ? json({}, { status: 503 }) : json({ tags: names(10, 10) });
    });
    const tags = createTags(image(), [direct]);
    await tags.read();
    expect(tags.list.value).toMatchObject({ names: names(10), phase: 'idle', end: undefined });
    expect(tags.list.value.error).toMatchObject({ code: 'registry-failed', status: 503 });
    down = false;
    await tags.read();
    expect(tags.list.value).toEqual({ names: names(20), phase: 'idle', end: 'whole', invalid: 0, error: undefined });
  });

  test('ends without an error when it is left, and keeps what came', async () => {
    const { way: direct } = way(({ url }) =>
      lastOf(url) === null ? json({ tags: names(10) }) : new Promise<Response>(() => undefined),
    );
    const tags = createTags(image(), [direct]);
    const reading = tags.read();
    await settled();
    expect(tags.list.value).toMatchObject({ names: names(10), phase: 'reading' });
    tags.stop();
    await reading;
    expect(tags.list.value).toMatchObject({ names: names(10), phase: 'idle', error: undefined });
  });

  test('is kept from tag to tag of a repository, gone on with where it was left, and read anew on request', async () => {
    let all = 20;
    const { way: direct, asked } = way(({ url }) => {
      const from = Number(lastOf(url)?.slice(1) ?? -1) + 1;
      return json({ tags: names(Math.min(10, all - from), from) });
    });
    const kept = image();
    const first = createTags(kept, [direct]);
    const left = first.read();
    first.stop();
    const second = createTags({ ...kept, reference: { ...kept.reference, tag: '2' } }, [direct]);
    await Promise.all([left, second.read()]);
    expect(second.list.value).toMatchObject({ names: names(20), end: 'whole', phase: 'idle' });
    const before = asked.length;
    await createTags(kept, [direct]).read();
    expect(asked).toHaveLength(before);
    all = 25;
    await second.readAgain();
    expect(second.list.value).toMatchObject({ names: names(25), end: 'whole' });
    // By the ways of the image that is open by now, which may have an account.
    const { way: later } = way(({ url }) => json({ tags: names(lastOf(url) === null ? 3 : 0) }));
    const third = createTags(kept, [later]);
    expect(third.list.value.names).toEqual(names(25));
    await third.readAgain();
    expect(third.list.value.names).toEqual(names(3));
  });

  test('that failed begins anew with the next image', async () => {
    const kept = image();
    const failing = createTags(kept, [way(() => json({}, { status: 401 })).way]);
    await failing.read();
    expect(failing.list.value.error).toMatchObject({ code: 'auth-required' });
    const signedIn = createTags(kept, [way(({ url }) => json({ tags: names(lastOf(url) === null ? 2 : 0) })).way]);
    await signedIn.read();
    expect(signedIn.list.value).toMatchObject({ names: names(2), end: 'whole' });
  });

  test('comes by the next way where the first cannot be reached, and stays with it', async () => {
    const direct = way(unreachable);
    const relay = way(() => json({ tags: names(3) }), 'relay');
    const tags = createTags(image(), [direct.way, relay.way]);
    await tags.read();
    expect(tags.list.value).toMatchObject({ names: names(3), end: 'whole' });
    expect(direct.asked).toHaveLength(1);
    expect(relay.asked).toHaveLength(1);
  });

  test('says why the registry was not reached where the relay refuses it', async () => {
    const refusal = { status: 403, headers: { 'Pulltab-Relay-Error': 'host-not-allowed' } };
    const relay = way(() => json({}, refusal), 'relay');
    const tags = createTags(image(), [way(unreachable).way, relay.way]);
    await tags.read();
    expect(tags.list.value.error).toMatchObject({ code: 'network-or-cors' });
  });
});

describe('the other repositories', () => {
  test('are read directly alone', async () => {
    expect(createTags(image(), [way(() => json({}), 'relay').way]).repositories).toBeUndefined();
    const { way: direct } = way(({ url }) => json({ repositories: lastOf(url) === null ? ['a/b', 'c'] : [] }));
    const { repositories } = createTags(image(), [direct]);
    await repositories?.read();
    expect(repositories?.list.value).toMatchObject({ names: ['a/b', 'c'], end: 'whole' });
  });

  test('are left out with the registry’s reason where it refuses', async () => {
    const { way: direct } = way(() => json({ errors: [{ code: 'DENIED', message: 'no' }] }, { status: 403 }));
    const { repositories } = createTags(image(), [direct]);
    await repositories?.read();
    expect(repositories?.list.value.error).toMatchObject({
      code: 'auth-denied',
      seen: 'the registry answered 403 (DENIED: no)',
    });
  });
});

describe('the search by digest', () => {
  const digest = (value: string): Response => new Response(null, { headers: { 'Docker-Content-Digest': value } });
  const tagOf = (url: string): string => url.split('/').at(-1) ?? '';

  test('asks four at a time, each tag once, by HEAD', async () => {
    let open = 0;
    let most = 0;
    const { way: direct, asked } = way(async ({ url }) => {
      open += 1;
      most = Math.max(most, open);
      await settled();
      open -= 1;
      return digest(['t3', 't17'].includes(tagOf(url)) ? DIGEST : digestOf('b'));
    });
    const tags = createTags(image(), [direct]);
    await tags.find(names(20), { pulls: false });
    const { digests, ...search } = tags.search.value;
    expect(search).toEqual({ phase: 'done', asked: 20, total: 20, error: undefined });
    expect([...digests].filter(([, found]) => found === DIGEST).map(([tag]) => tag)).toEqual(['t3', 't17']);
    expect(most).toBe(4);
    expect(asked.map(({ init }) => init.method)).toEqual(Array.from({ length: 20 }, () => 'HEAD'));
    await tags.find(names(21), { pulls: false });
    expect(asked).toHaveLength(21);
  });

  test('stops before anything that counts as a pull where digests are hidden, and reads manifests only when told to', async () => {
    const { way: direct, asked } = way(({ init }) => new Response(init.method === 'HEAD' ? null : BYTES));
    const tags = createTags(image(), [direct]);
    await tags.find(names(20), { pulls: false });
    expect(tags.search.value).toMatchObject({ phase: 'costs', error: undefined });
    expect(tags.search.value.digests.size).toBe(0);
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(asked.every(({ init }) => init.method === 'HEAD')).toBe(true);
    await tags.find(names(20), { pulls: true });
    expect(tags.search.value).toMatchObject({ phase: 'done', asked: 20 });
    expect(asked.filter(({ init }) => init.method === 'GET')).toHaveLength(20);
  });

  test('ends with the first refusal, keeps what it found and goes on with the rest', async () => {
    let left = 6;
    const { way: direct, asked } = way(() => (left-- > 0 ? digest(DIGEST) : new Response(null, { status: 429 })));
    const tags = createTags(image(), [direct]);
    await tags.find(names(50), { pulls: false });
    expect(tags.search.value).toMatchObject({ phase: 'stopped', error: { code: 'rate-limited' } });
    expect(tags.search.value.digests.size).toBe(6);
    expect(asked.length).toBeLessThanOrEqual(10);
    left = 100;
    await tags.find(names(50), { pulls: false });
    expect(tags.search.value).toMatchObject({ phase: 'done', asked: 44, total: 44, error: undefined });
    expect(tags.search.value.digests.size).toBe(50);
  });

  test('can be stopped', async () => {
    const { way: direct, asked } = way(() => new Promise<Response>(() => undefined));
    const tags = createTags(image(), [direct]);
    const finding = tags.find(names(50), { pulls: false });
    await settled();
    tags.stopSearch();
    await finding;
    expect(tags.search.value).toMatchObject({ phase: 'stopped', asked: 0, error: undefined });
    expect(asked).toHaveLength(4);
  });

  test('passes over tags that are gone', async () => {
    const { way: direct } = way(({ url }) => (tagOf(url) === 't1' ? json({}, { status: 404 }) : digest(DIGEST)));
    const tags = createTags(image(), [direct]);
    await tags.find(names(3), { pulls: false });
    expect([...tags.search.value.digests.values()].toSorted()).toEqual(['missing', DIGEST, DIGEST]);
  });
});

describe('without storage', () => {
  test('a tag is not remembered, and nothing fails', async () => {
    expect(await seeTag(IMAGE)).toBeUndefined();
    const tags = createTags(image(), []);
    await tags.readHistory();
    expect(tags.history.value).toEqual([]);
    await tags.forget();
    expect(tags.forgetError.value).toMatchObject({ code: 'storage-refused' });
  });
});
