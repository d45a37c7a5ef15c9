import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listRepositories } from '../../../src/core/registry/catalogue.ts';
import { createRegistryClient, type Endpoint } from '../../../src/core/registry/client.ts';
import type { ListPage, PagedList } from '../../../src/core/registry/paged-list.ts';
import { compareNatural, compareNewestFirst } from '../../../src/core/registry/tag-order.ts';
import { headTag, listTags, readTag } from '../../../src/core/registry/tags.ts';
import { bytesOf, digestOf } from '../documents.ts';
import { type Answer, fakeFetch, json, streamed } from './fake-fetch.ts';

const DIRECT: Endpoint = { registry: 'registry.example', base: 'https://registry.example', via: 'direct' };
const RELAY: Endpoint = { registry: 'ghcr.io', base: 'https://page.example/relay/r/ghcr.io', via: 'relay' };
const LIST = 'https://registry.example/v2/a/b/tags/list';
const { signal } = new AbortController();

function clientWith(answer: Answer, endpoint = DIRECT) {
  const fake = fakeFetch(answer);
  return { ...fake, client: createRegistryClient({ endpoint, fetch: fake.fetch }) };
}

/** Pages until the end; more than `atMost` are a failure of the list. */
async function readAll(list: PagedList, atMost = 50): Promise<{ names: string[]; pages: ListPage[] }> {
  const pages: ListPage[] = [];
  while (pages.length < atMost) {
    const page = await list.next(new AbortController().signal);
    pages.push(page);
    if (page.end !== undefined) return { names: pages.flatMap(({ fresh }) => fresh), pages };
  }
  throw new Error(`no end after ${atMost} pages`);
}

/** Tags "1" to the count, as the specification wants them: after `last`, at most `n`, and a link when there are more. */
function registryWith(count: number, options: { link?: boolean; cap?: number } = {}): Answer {
  const all = Array.from({ length: count }, (_, at) => `t${String(at).padStart(6, '0')}`);
  return ({ url }) => {
    const { searchParams } = new URL(url);
    const n = Math.min(Number(searchParams.get('n')), options.cap ?? Number.POSITIVE_INFINITY);
    const last = searchParams.get('last') ?? '';
    const rest = all.filter((tag) => tag > last);
    const tags = rest.slice(0, n);
    const more = options.link === true && rest.length > tags.length;
    const link = `</v2/a/b/tags/list?last=${tags.at(-1)}&n=${n}>; rel="next"`;
    return json({ name: 'a/b', tags }, more ? { headers: { Link: link } } : {});
  };
}

describe('a list of tags', () => {
  test('without a readable link goes on from the last name until nothing comes', async () => {
    const { client, asked } = clientWith(registryWith(2500));
    const { names, pages } = await readAll(listTags(client, 'a/b'));
    expect(names).toHaveLength(2500);
    expect(new Set(names).size).toBe(2500);
    expect(pages.at(-1)?.end).toBe('whole');
    expect(asked.map(({ url }) => url)).toEqual([
      `${LIST}?n=1000`,
      `${LIST}?n=1000&last=t000999`,
      `${LIST}?n=1000&last=t001999`,
      `${LIST}?n=1000&last=t002499`,
    ]);
    // Nothing that a page would have to ask permission for.
    expect(asked.map(({ headers }) => headers)).toEqual([{}, {}, {}, {}]);
  });

  test('follows the link where it can be read, and ends with the page that has none', async () => {
    const { client, asked } = clientWith(registryWith(120, { link: true, cap: 50 }));
    const { names, pages } = await readAll(listTags(client, 'a/b'));
    expect(names).toHaveLength(120);
    expect(pages.at(-1)?.end).toBe('whole');
    expect(asked.map(({ url }) => url)).toEqual([
      `${LIST}?n=1000`,
      `${LIST}?last=t000049&n=50`,
      `${LIST}?last=t000099&n=50`,
    ]);
  });

  test('through a relay, where every header can be read, ends without another request', async () => {
    const { client, asked } = clientWith(registryWith(20), RELAY);
    expect((await readAll(listTags(client, 'a/b'))).names).toHaveLength(20);
    expect(asked.map(({ url }) => url)).toEqual(['https://page.example/relay/r/ghcr.io/v2/a/b/tags/list?n=1000']);
  });

  test.each([
    ['another host', '<https://evil.example/v2/a/b/tags/list?last=x&n=1>; rel="next"'],
    ['another scheme', '<http://registry.example/v2/a/b/tags/list?last=x&n=1>; rel="next"'],
    ['another host without a scheme', '<//evil.example/v2/a/b/tags/list?last=x>; rel="next"'],
    ['another path', '</v2/_catalog?last=x>; rel="next"'],
    ['no query', '</v2/a/b/tags/list>; rel="next"'],
    ['a very long query', `</v2/a/b/tags/list?last=${'x'.repeat(1100)}>; rel="next"`],
    ['no address', '<http://[>; rel="next"'],
  ])('takes nothing of a link to %s', async (_, link) => {
    const { client, asked } = clientWith(({ url }) =>
      url.includes('last=') ? json({ tags: [] }) : json({ tags: ['a', 'b'] }, { headers: { Link: link } }),
    );
    expect((await readAll(listTags(client, 'a/b'))).names).toEqual(['a', 'b']);
    expect(asked.map(({ url }) => url)).toEqual([`${LIST}?n=1000`, `${LIST}?n=1000&last=b`]);
  });

  test('takes parameters of the registry’s own from a link, but not through a relay, which would refuse them', async () => {
    const answer: Answer = ({ url }) => {
      if (url.includes('n=1000&last=')) return json({ tags: ['by-last'] });
      if (url.includes('next_page=')) return json({ tags: ['by-link'] });
      return json({ tags: ['a'] }, { headers: { Link: '</v2/a/b/tags/list?n=1&next_page=abc>; rel="next"' } });
    };
    const direct = clientWith(answer);
    await readAll(listTags(direct.client, 'a/b'));
    expect(direct.asked[1]?.url).toBe(`${LIST}?n=1&next_page=abc`);
    const relayed = clientWith(answer, RELAY);
    await readAll(listTags(relayed.client, 'a/b'));
    expect(relayed.asked[1]?.url).toMatch(/\?n=1000&last=a$/);
  });

  test('of a registry that ignores `last` ends with the page that brings nothing new', async () => {
    const { client, asked } = clientWith(() => json({ tags: ['a', 'b'] }));
    const { names, pages } = await readAll(listTags(client, 'a/b'));
    expect(names).toEqual(['a', 'b']);
    expect(pages.at(-1)?.end).toBe('repeats');
    expect(asked).toHaveLength(2);
  });

  test('of a registry that ignores `n` as well is whole with its first page', async () => {
    const tags = Array.from({ length: 1001 }, (_, at) => `t${at}`);
    const { client, asked } = clientWith(() => json({ tags }));
    const { pages } = await readAll(listTags(client, 'a/b'));
    expect(pages.at(-1)?.end).toBe('whole');
    expect(asked).toHaveLength(1);
  });

  test('whose links go in a circle ends', async () => {
    let page = 0;
    const headers = { Link: '</v2/a/b/tags/list?last=x>; rel="next"' };
    const { client, asked } = clientWith(() => json({ tags: [`t${page++}`] }, { headers }));
    const { pages } = await readAll(listTags(client, 'a/b'));
    expect(pages.at(-1)?.end).toBe('repeats');
    expect(asked).toHaveLength(2);
  });

  test('is not asked for any more after its end', async () => {
    const { client, asked } = clientWith(() => json({ tags: [] }));
    const list = listTags(client, 'a/b');
    await readAll(list);
    expect(await list.next(signal)).toEqual({ fresh: [], invalid: 0, end: 'whole' });
    expect(asked).toHaveLength(1);
  });

  test('goes on with the same page after that one failed', async () => {
    let broken = true;
    const good = registryWith(1500);
    const { client, asked } = clientWith((request) => {
      if (!request.url.includes('last=')) return good(request);
      if (!broken) return good(request);
      broken = false;
      return json({}, { status: 500 });
    });
    const list = listTags(client, 'a/b');
    expect((await list.next(signal)).fresh).toHaveLength(1000);
    await expect(list.next(signal)).rejects.toMatchObject({ code: 'registry-failed', status: 500 });
    expect((await readAll(list)).names).toHaveLength(500);
    expect(asked.map(({ url }) => url.split('last=')[1])).toEqual([undefined, 't000999', 't000999', 't001499']);
  });

  test('leaves out what is no tag, and says how much that was', async () => {
    const tags = ['ok', '<img src=x>', '../..', 7, null, { toString: 'x' }, 'a'.repeat(129), '', '__proto__', 'a b'];
    const { client } = clientWith(({ url }) => json({ tags: url.includes('last=') ? null : tags }));
    const { names, pages } = await readAll(listTags(client, 'a/b'));
    // "__proto__" is a valid tag, and only a text here.
    expect(names).toEqual(['ok', '__proto__']);
    expect(pages[0]?.invalid).toBe(8);
    expect(pages.at(-1)?.end).toBe('whole');
  });

  test.each([
    ['a web page', () => new Response('<html>'), 'registry-failed'],
    ['another document', () => json({ repositories: ['a'] }), 'registry-failed'],
    ['a text in place of the list', () => json({ tags: 'all' }), 'registry-failed'],
    ['null', () => json(null), 'registry-failed'],
    ['more than 4 MiB', () => new Response(streamed(1e6, new Uint8Array(65_536)).body), 'registry-failed'],
    ['a length over 4 MiB', () => new Response('{}', { headers: { 'Content-Length': '4194305' } }), 'registry-failed'],
    ['404', () => json({}, { status: 404 }), 'not-found'],
    [
      'a body that breaks off',
      () => new Response(new ReadableStream({ start: (sink) => sink.error(new TypeError('x')) })),
      'network-or-cors',
    ],
  ])('that is %s is an error', async (_, answer: Answer, code) => {
    const { client } = clientWith(answer);
    await expect(listTags(client, 'a/b').next(signal)).rejects.toMatchObject({
      code,
      attempted: 'list the tags of registry.example/a/b',
    });
  });

  test('ends with whatever a hostile registry answers: each page brings something new or is the last', async () => {
    const tag = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.anything());
    const link = fc.option(
      fc.oneof(
        fc.constantFrom(
          '</v2/a/b/tags/list?last=a>; rel="next"',
          '<?last=b>; rel=next',
          '<https://x.example/>; rel="next"',
        ),
        fc.stringMatching(/^[ -~]{0,40}$/),
      ),
      { nil: undefined },
    );
    const page = fc.record({ tags: fc.array(tag, { maxLength: 6 }), link });
    await fc.assert(
      fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 8 }), fc.boolean(), async (answers, relayed) => {
        let at = 0;
        const { client, asked } = clientWith(
          () => {
            const { tags, link: header } = answers[at++ % answers.length] ?? { tags: [], link: undefined };
            const text = JSON.stringify({ tags: tags.map((value) => JSON.stringify(value)?.slice(1, -1) ?? null) });
            return new Response(text, { headers: header === undefined ? {} : { Link: header } });
          },
          relayed ? RELAY : DIRECT,
        );
        const { names, pages } = await readAll(listTags(client, 'a/b'), 60);
        expect(new Set(names).size).toBe(names.length);
        for (const { fresh, end } of pages) expect(fresh.length > 0 || end !== undefined).toBe(true);
        const list = relayed ? 'https://page.example/relay/r/ghcr.io/v2/a/b/tags/list?' : `${LIST}?`;
        for (const { url } of asked) expect(url.startsWith(list)).toBe(true);
      }),
    );
  });
});

describe('a list of repositories', () => {
  test('is the catalogue, with a token for it', async () => {
    const headers = { 'WWW-Authenticate': 'Bearer realm="https://auth.example/token",service="s"' };
    const { client, log } = clientWith(({ url, headers: sent }) => {
      if (url.startsWith('https://auth.example/')) return json({ token: 't' });
      if (sent.authorization === undefined) return json({}, { status: 401, headers });
      return json({ repositories: url.includes('last=') ? [] : ['a/b', 'c', 'No/Name'] });
    });
    const { names, pages } = await readAll(listRepositories(client));
    expect(names).toEqual(['a/b', 'c']);
    expect(pages[0]?.invalid).toBe(1);
    const catalogue = 'https://registry.example/v2/_catalog?n=1000';
    expect(log()).toEqual([
      catalogue,
      'https://auth.example/token?service=s&scope=registry%3Acatalog%3A*',
      `${catalogue} (Bearer t)`,
      `${catalogue}&last=c (Bearer t)`,
    ]);
  });
});

describe('below a proxy cache’s project', () => {
  test('tags, manifests and tokens are those of the project', async () => {
    const headers = { 'WWW-Authenticate': 'Bearer realm="https://auth.example/token",service="s"' };
    const endpoint: Endpoint = { ...DIRECT, repositoryPrefix: 'hub/' };
    const { client, log } = clientWith(({ url, headers: sent }) => {
      if (url.startsWith('https://auth.example/')) return json({ token: 't' });
      if (sent.authorization === undefined) return json({}, { status: 401, headers });
      return json({ tags: [] });
    }, endpoint);
    await readAll(listTags(client, 'library/nginx'));
    await client.manifest('library/nginx', '1');
    expect(log()).toEqual([
      'https://registry.example/v2/hub/library/nginx/tags/list?n=1000',
      'https://auth.example/token?service=s&scope=repository%3Ahub%2Flibrary%2Fnginx%3Apull',
      'https://registry.example/v2/hub/library/nginx/tags/list?n=1000 (Bearer t)',
      'https://registry.example/v2/hub/library/nginx/manifests/1 (Bearer t)',
    ]);
    expect(client.access('library/nginx').map(({ scope }) => scope)).toEqual(['repository:hub/library/nginx:pull']);
  });
});

describe('the digest of a tag', () => {
  const [INDEX, IMAGE] = [digestOf('a'), digestOf('b')];
  const question = { repository: 'a/b', tag: '1', wanted: IMAGE, kind: 'index', signal } as const;
  const digest = (value: string): Response => new Response(null, { headers: { 'Docker-Content-Digest': value } });
  /** A tag that is an index; for who asks for a manifest alone, older registries answer with one of its images. */
  const downgrading: Answer = ({ headers }) => digest(headers.accept?.includes('index') === true ? INDEX : IMAGE);

  test('is asked for by HEAD, once, without a preflight', async () => {
    const { client, asked } = clientWith(downgrading);
    expect(await headTag(client, question)).toBe(INDEX);
    expect(asked.map(({ init, url }) => [init.method, url])).toEqual([
      ['HEAD', 'https://registry.example/v2/a/b/manifests/1'],
    ]);
    expect(asked[0]?.headers.accept?.length).toBeLessThanOrEqual(128);
  });

  test('is not that of a platform’s image that an older registry gives for an index', async () => {
    const { client, asked } = clientWith(downgrading);
    expect(await headTag(client, { ...question, kind: 'manifest' })).toBe(INDEX);
    expect(asked).toHaveLength(2);
    // Where it is not the wanted one anyway, that is not worth a request.
    await headTag(client, { ...question, kind: 'manifest', wanted: INDEX });
    expect(asked).toHaveLength(3);
  });

  test('is that of the image where the tag is no index', async () => {
    const { client } = clientWith(({ headers }) =>
      headers.accept?.includes('index') === true ? json({}, { status: 404 }) : digest(IMAGE),
    );
    expect(await headTag(client, { ...question, kind: 'manifest' })).toBe(IMAGE);
    expect(await headTag(client, question)).toBe('missing');
  });

  test('is asked for in all forms at once through a relay', async () => {
    const { client, asked } = clientWith(downgrading, RELAY);
    expect(await headTag(client, { ...question, kind: 'manifest' })).toBe(INDEX);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['hidden', () => new Response(null)],
    ['no digest', () => digest('sha256:<b>')],
    ['not given for HEAD', () => new Response(null, { status: 405 })],
  ])('is unreadable where it is %s', async (_, answer: Answer) => {
    const { client } = clientWith(answer);
    expect(await headTag(client, question)).toBe('unreadable');
  });

  test('fails where the registry wants no more questions', async () => {
    const { client } = clientWith(() => new Response(null, { status: 429 }));
    await expect(headTag(client, question)).rejects.toMatchObject({ code: 'rate-limited' });
    await expect(readTag(client, question)).rejects.toMatchObject({ code: 'rate-limited' });
  });

  test('read from the manifest is our own hash of it', async () => {
    const manifest = bytesOf({ schemaVersion: 2 });
    const { client } = clientWith(() => new Response(manifest, { headers: { 'Docker-Content-Digest': INDEX } }));
    expect(await readTag(client, question)).toBe(`sha256:${createHash('sha256').update(manifest).digest('hex')}`);
    const none = clientWith(() => json({}, { status: 404 }));
    expect(await readTag(none.client, question)).toBe('missing');
  });
});

describe('the order of tags', () => {
  const sort = (text: string, compare: (a: string, b: string) => number) => text.split(' ').sort(compare).join(' ');

  test('natural: numbers by their value, before words', () => {
    expect(sort('1.10 1.9 b a10 a9 1 01 1.9.1 latest 10 2', compareNatural)).toBe(
      '01 1 1.9 1.9.1 1.10 2 10 a9 a10 b latest',
    );
  });

  test('newest-looking first: latest, the highest version, what it stands for before it, pre-releases last', () => {
    expect(
      sort('1.9.0 1.10.0-rc.1 1.10.0 1.10 1 alpine latest 1.10.0-alpine v2.0.0-beta1 main 4f3a2b1', compareNewestFirst),
    ).toBe('latest v2.0.0-beta1 1 1.10 1.10.0 1.10.0-alpine 1.10.0-rc.1 1.9.0 4f3a2b1 alpine main');
  });

  const tag = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/),
    fc.stringMatching(/^v?[01]{1,3}(?:\.[01]{1,2}){0,2}(?:-(?:rc1|a|alpine|0))?$/),
    fc.constant('latest'),
  );

  test.each([
    ['natural', compareNatural],
    ['newest-looking first', compareNewestFirst],
  ])('%s is total', (_, compare) => {
    fc.assert(
      fc.property(tag, tag, tag, (a, b, c) => {
        expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
        expect(compare(a, b) === 0).toBe(a === b);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5000 },
    );
  });
});
