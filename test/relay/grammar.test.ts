/** Whatever is sent, what reaches a registry is a read path of its protocol: looked at from the registry's side. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DIGEST, startRelay, startUpstream } from './stage.ts';

const PIECES = [
  ...['v2', 'a', 'b-c', 'manifests', 'blobs', 'tags', 'referrers', 'list', 'latest', 'token', 'r', 'relay', DIGEST],
  ...['..', '.', '', '%2e%2e', '%2E', '%2f', '%5c', '%00', '%', '\\', '@', ':', ';', '~', '*', '_catalog', 'uploads'],
  ...[
    'A',
    '_',
    '-',
    'a..b',
    'a__b',
    'a___b',
    '127.0.0.1',
    'http:',
    'x@y',
    'sha256:',
    '#',
    'a#b',
    '?',
    '?n=1',
    '?n=1&n=1',
  ],
  ...['?scope=repository:a:pull', '?last=../..', '&', '='],
];
const piece = fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }));
const hostilePath = fc.array(piece, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('/'));

const name = fc.constantFrom('a', 'a/b', 'library/nginx', 'a.b_c__d-e--f/0');
const reference = fc.constantFrom('latest', '1.2.3', '_x', 'A-b.C', DIGEST);
const goodPath = fc.oneof(
  fc.constant('v2/'),
  fc.tuple(name, reference).map(([repository, tag]) => `v2/${repository}/manifests/${tag}`),
  name.map((repository) => `v2/${repository}/blobs/${DIGEST}`),
  name.map((repository) => `v2/${repository}/tags/list?n=100&last=a`),
  name.map((repository) => `v2/${repository}/referrers/${DIGEST}?artifactType=application%2Fx`),
  name.map((repository) => `v2/${repository}/referrers/${DIGEST}?n=50&last=${encodeURIComponent(DIGEST)}`),
);

/** The protocol told in another way than the relay's own: by segments. */
function isReadPath(target: string): boolean {
  const [path = '', query = '', ...more] = target.split('?');
  if (path === '/v2/') return query === '';
  const [root, version, ...rest] = path.split('/');
  const [noun = '', last = ''] = rest.splice(-2);
  const isName = rest.length > 0 && rest.every((part) => /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(part));
  const isDigest = last.length === DIGEST.length && /^sha256:[0-9a-f]+$/.test(last);
  const isReference = isDigest || /^\w[\w.-]*$/.test(last);
  if (root !== '' || version !== 'v2' || !isName || more.length > 0) return false;
  if (noun === 'manifests') return isReference && query === '';
  if (noun === 'blobs') return isDigest && query === '';
  if (noun === 'tags') return last === 'list' && /^(n=\d+)?&?(last=[\w.-]+)?(&n=\d+)?$/.test(query);
  return noun === 'referrers' && isDigest && /^(artifactType=[\w%.+-]+)?&?(n=\d+)?&?(last=[\w.%-]+)?$/.test(query);
}

test('no path outside the grammar reaches a registry, and what is refused reaches nobody', async () => {
  const upstream = await startUpstream();
  const relay = await startRelay({ named: [upstream.origin] });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ weight: 4, arbitrary: hostilePath }, { weight: 1, arbitrary: goodPath }),
      async (path) => {
        // Node's client refuses to send these, and its server to read them.
        fc.pre(!/[^!-~]/.test(path));
        upstream.requests.length = 0;
        const { reason } = await relay.ask(`/relay/r/${upstream.host}/${path}`);
        const targets = upstream.requests.map(({ target }) => target);
        expect(targets.filter((target) => !isReadPath(target))).toEqual([]);
        // The token route asks of itself, for the challenge.
        if (!path.startsWith('token?')) expect(targets).toHaveLength(reason === undefined ? 1 : 0);
      },
    ),
    { numRuns: 1500 },
  );
});

test('every read path reaches the registry as it was sent', async () => {
  const upstream = await startUpstream();
  const relay = await startRelay({ named: [upstream.origin] });
  await fc.assert(
    fc.asyncProperty(goodPath, async (path) => {
      upstream.requests.length = 0;
      expect(await relay.ask(`/relay/r/${upstream.host}/${path}`)).toMatchObject({ status: 200, reason: undefined });
      expect(upstream.requests.map(({ target }) => target)).toEqual([`/${path}`]);
    }),
    { numRuns: 200 },
  );
});

test('no host but a named one is ever asked', async () => {
  const named = await startUpstream();
  const other = await startUpstream();
  const relay = await startRelay({ named: [named.origin], resolve: () => Promise.reject(new Error('looked up')) });
  const around = fc.constantFrom(
    '',
    'user@',
    'ghcr.io@',
    'ghcr.io:80@',
    '.',
    '..',
    '%',
    '\\',
    '//',
    '#',
    '?',
    '[',
    'x.',
  );
  const host = fc.constantFrom(
    '127.0.0.1',
    'localhost',
    '[::1]',
    '127.1',
    '2130706433',
    '[::ffff:7f00:1]',
    '0',
    named.host,
  );
  await fc.assert(
    fc.asyncProperty(around, host, around, async (before, spelling, after) => {
      named.requests.length = 0;
      const spelled = `${before}${spelling}${spelling === named.host ? '' : `:${other.port}`}${after}`;
      const { reason } = await relay.ask(`/relay/r/${spelled}/v2/a/manifests/latest`);
      expect(other.requests).toEqual([]);
      expect(named.requests).toHaveLength(spelled === named.host ? 1 : 0);
      expect(reason === undefined).toBe(spelled === named.host);
    }),
    { numRuns: 500 },
  );
});
