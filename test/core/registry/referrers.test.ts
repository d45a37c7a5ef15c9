import { describe, expect, test } from 'vitest';
import { parseDigest } from '../../../src/core/digest.ts';
import { createRegistryClient, type Endpoint } from '../../../src/core/registry/client.ts';
import { askReferrersApi, cosignTags, findReferrers, referrersTag } from '../../../src/core/registry/referrers.ts';
import { type Answer, fakeFetch, json, unreachable } from './fake-fetch.ts';

const DIRECT: Endpoint = { registry: 'registry.example', base: 'https://registry.example', via: 'direct' };
const SUBJECT = parseDigest(`sha256:${'5'.repeat(64)}`);
const API = `https://registry.example/v2/a/b/referrers/${SUBJECT}`;
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const { signal } = new AbortController();
const question = { repository: 'a/b', digest: SUBJECT, signal };

const digest = (at: number) => parseDigest(`sha256:${String(at).padStart(64, '0')}`);
const page = (...at: number[]) => ({
  manifests: at.map((one) => ({ digest: digest(one), mediaType: OCI_MANIFEST, size: 1, artifactType: 'text/plain' })),
});

function asked(answer: Answer) {
  const fake = fakeFetch(answer);
  const client = createRegistryClient({ endpoint: DIRECT, fetch: fake.fetch });
  return { client, urls: () => fake.asked.map(({ url }) => url) };
}

const next = (link: string) => ({ headers: { Link: `<${link}>; rel="next"` } });

describe('the referrers API', () => {
  test('is asked page by page, as its links say', async () => {
    const { client, urls } = asked(({ url }) => {
      if (url === API) return json(page(1, 2), next(`/v2/a/b/referrers/${SUBJECT}?token=x`));
      if (url === `${API}?token=x`) return json(page(2, 3), next(`${API}?token=y`));
      return json(page(4));
    });
    const answer = await askReferrersApi(client, question);
    expect(answer).toMatchObject({ cut: false, listed: [1, 2, 3, 4].map((at) => ({ digest: digest(at) })) });
    expect(urls()).toEqual([API, `${API}?token=x`, `${API}?token=y`]);
  });

  test.each([
    ['leads to another host', 'https://elsewhere.example/v2/a/b/referrers/x?token=x'],
    ['leads to where it came from', `/v2/a/b/tags/list?n=1`],
  ])('is not whole where a link %s, and nobody else is asked', async (_, link) => {
    const { client, urls } = asked(() => json(page(1), next(link)));
    expect(await askReferrersApi(client, question)).toMatchObject({ cut: true, listed: [{ digest: digest(1) }] });
    expect(urls()).toEqual([API]);
  });

  test('ends where a page brings nothing new, however often its link changes', async () => {
    let count = 0;
    const { client, urls } = asked(() => json(page(1), next(`${API}?at=${count++}`)));
    expect(await askReferrersApi(client, question)).toMatchObject({ cut: true });
    expect(urls()).toHaveLength(2);
  });

  test.each([
    ['missing', () => new Response('404 page not found', { status: 404 })],
    ['missing', () => json({ errors: [{ code: 'UNSUPPORTED' }] }, { status: 400 })],
    ['unreadable', unreachable],
  ])('is %s where a registry has none', async (says, answer) => {
    expect(await askReferrersApi(asked(answer).client, question)).toBe(says);
  });

  test('says what is no answer: limits, and pages after the first', async () => {
    const limited = asked(() => new Response('', { status: 429 }));
    await expect(askReferrersApi(limited.client, question)).rejects.toMatchObject({ code: 'rate-limited' });
    const broken = asked(({ url }) => (url === API ? json(page(1), next(`${API}?n=2`)) : unreachable()));
    await expect(askReferrersApi(broken.client, question)).rejects.toMatchObject({ code: 'network-or-cors' });
  });
});

describe('tags', () => {
  const SHA512 = parseDigest(`sha512:${'ab'.repeat(64)}`);

  test('of the index of referrers are cut as the specification says', () => {
    expect(referrersTag(SUBJECT)).toBe(`sha256-${'5'.repeat(64)}`);
    expect(referrersTag(SHA512)).toBe(`sha512-${'ab'.repeat(32)}`);
  });

  test('of cosign are not, and none is longer than a tag may be', () => {
    expect(cosignTags(SUBJECT).map(({ tag }) => tag)).toEqual(
      ['sig', 'att', 'sbom'].map((ending) => `sha256-${'5'.repeat(64)}.${ending}`),
    );
    expect(cosignTags(SHA512)).toEqual([]);
  });

  test('are what is left where there is no API', async () => {
    const { client } = asked(({ url }) =>
      url.endsWith('.att')
        ? new Response(null, { headers: { 'Docker-Content-Digest': digest(7) } })
        : new Response('', { status: 404 }),
    );
    expect(await findReferrers(client, question)).toEqual([{ digest: digest(7), name: 'cosign attestation' }]);
  });
});
