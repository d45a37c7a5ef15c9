/** Each cause, played through with made-up hosts: that it is named, and at which step. */
import { describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/core/parse-reference.ts';
import type { Grant } from '../../../src/core/registry/account.ts';
import { createRegistryClient, type Endpoint } from '../../../src/core/registry/client.ts';
import type { Surroundings } from '../../../src/page/diagnosis/inquiry.ts';
import type { Finding, Run } from '../../../src/page/diagnosis/model.ts';
import { reportText } from '../../../src/page/diagnosis/report.ts';
import { runDiagnosis } from '../../../src/page/diagnosis/run.ts';
import { json, unreachable } from '../../core/registry/fake-fetch.ts';
import { type Host, type Hosts, registry, scriptedBrowser, smallImage } from './scripted-browser.ts';

const HOST = 'https://registry.test';
const TOKENS = 'https://tokens.test';
const STORAGE = 'https://storage.test';
const PAGE: Host = { answer: () => json({}) };
const image = smallImage();

interface Case {
  readonly hosts?: Hosts;
  readonly reference?: string;
  readonly endpoint?: Partial<Endpoint>;
  readonly around?: Partial<Surroundings>;
  readonly grant?: Grant;
}

async function diagnose(given: Case): Promise<Run> {
  const { hosts = {}, reference = 'registry.test/app:1', around = {}, grant } = given;
  const browser = scriptedBrowser({ 'https://page.test': PAGE, ...hosts });
  let last: Run | undefined;
  const parsed = parseReference(reference);
  await runDiagnosis({
    reference: parsed,
    endpoint: { registry: parsed.registry, base: `https://${parsed.registry}`, via: 'direct', ...given.endpoint },
    transport: { via: 'direct', label: 'direct' },
    createClient: (endpoint, fetch) => createRegistryClient({ endpoint, fetch, grant }),
    surroundings: {
      fetch: browser.fetch,
      now: () => 0,
      pageBase: 'https://page.test/',
      isOnline: () => true,
      localNetwork: async () => undefined,
      isBlockedByPolicy: async () => false,
      deadlineMs: 10_000,
      ...around,
    },
    signal: new AbortController().signal,
    onChange: (run) => {
      last = run;
    },
  });
  if (last?.state !== 'done') throw new Error(`the diagnosis ended as ${JSON.stringify(last)}`);
  return last;
}

async function found(given: Case): Promise<Finding> {
  const { finding, steps } = await diagnose(given);
  if (finding === undefined) throw new Error(`nothing was found: ${JSON.stringify(steps, undefined, 1)}`);
  expect(steps.find(({ id }) => id === finding.step)?.state).toBe('failed');
  expect(steps.filter(({ state }) => state === 'running' || state === 'waiting')).toEqual([]);
  expect(finding.evidence.join(' ')).not.toMatch(/Failed to fetch|undefined|TypeError/);
  return finding;
}

const bearer = (realm = `${TOKENS}/token`) => ({
  'WWW-Authenticate': `Bearer realm="${realm}",service="registry.test"`,
});
const unauthorized =
  (headers: HeadersInit = bearer()) =>
  () =>
    json({ errors: [] }, { status: 401, headers });

/** A registry that wants a token: 401 without one. */
function guarded(parts: Parameters<typeof registry>[1] = {}, headers: HeadersInit = bearer()): Host['answer'] {
  const open = registry(image, parts);
  return (path, asked) => {
    const token = asked.headers.authorization;
    return token === 'Bearer good' ? open(path, asked) : unauthorized(headers)();
  };
}

const tokenServer: Host = { answer: () => json({ token: 'good' }) };

test('a pull that works passes every step, with or without a token', async () => {
  const open = await diagnose({ hosts: { [HOST]: { answer: registry(image) } } });
  expect(open.finding).toBeUndefined();
  expect(open.steps.map(({ state }) => state)).toEqual([
    ...['passed', 'passed', 'passed', 'skipped', 'passed', 'passed', 'passed', 'passed'],
  ]);
  const withToken = await diagnose({ hosts: { [HOST]: { answer: guarded() }, [TOKENS]: tokenServer } });
  expect(withToken.steps.map(({ state }) => state)).toEqual(Array.from({ length: 8 }, () => 'passed'));
  const token = withToken.steps.find(({ id }) => id === 'token');
  expect(token?.exchanges.map(({ address }) => address)).toEqual([
    'https://tokens.test/token?service=registry.test&scope=repository:app:pull',
  ]);
});

describe('nothing answers', () => {
  test('without a network', async () => {
    expect(await found({ around: { isOnline: () => false } })).toMatchObject({
      cause: 'offline',
      step: 'reach',
      mayBe: [],
    });
  });

  test('and neither does the host of this page', async () => {
    const finding = await found({ around: { pageBase: 'https://elsewhere.test/' } });
    expect(finding).toMatchObject({ cause: 'offline', step: 'reach' });
  });

  test('name, port, certificate and blockers cannot be told apart from an https page', async () => {
    const finding = await found({});
    expect(finding).toMatchObject({ cause: 'unreachable', host: 'registry.test' });
    expect(finding.mayBe).toEqual(['name', 'port', 'tls', 'blocked']);
  });

  test('an address needs no name', async () => {
    expect((await found({ reference: '192.0.2.1/app:1' })).mayBe).toEqual(['port', 'tls', 'blocked']);
  });

  test('a name that can never exist', async () => {
    expect(await found({ reference: 'registry.invalid/app:1' })).toMatchObject({ cause: 'name', mayBe: [] });
  });

  test('a port of this machine', async () => {
    const endpoint = { base: 'http://localhost:5000' };
    const around = { pageBase: 'http://localhost:8080/' };
    expect(await found({ reference: 'localhost:5000/app:1', endpoint, around })).toMatchObject({
      cause: 'port',
      mayBe: ['blocked'],
    });
  });

  test('to https, but something does to http on the same port', async () => {
    const around = { pageBase: 'http://localhost:8080/' };
    const tls = { cause: 'tls', mayBe: [] };
    expect(await found({ hosts: { 'http://registry.test:443': PAGE }, around })).toMatchObject(tls);
    const withPort = { reference: 'registry.test:5000/app:1', hosts: { 'http://registry.test:5000': PAGE } };
    expect(await found({ ...withPort, around })).toMatchObject(tls);
    // Another port says nothing, and a page that came over https may not ask.
    expect((await found({ hosts: { 'http://registry.test': PAGE }, around })).cause).toBe('unreachable');
    expect((await found(withPort)).cause).toBe('unreachable');
  });

  test('because an https page asks over http', async () => {
    expect(await found({ endpoint: { base: 'http://registry.test' } })).toMatchObject({
      cause: 'mixed-content',
      mayBe: [],
    });
  });

  test('because the local network is denied, or was not allowed yet', async () => {
    const local = { reference: '192.168.1.5:5000/app:1' };
    expect(await found({ ...local, around: { localNetwork: async () => 'denied' } })).toMatchObject({
      cause: 'local-network',
    });
    const asked = await found({ ...local, around: { localNetwork: async () => 'prompt' } });
    expect(asked).toMatchObject({ cause: 'local-network', mayBe: ['unreachable', 'port', 'tls', 'blocked'] });
    // A page that is local itself needs no permission.
    const near: Partial<Surroundings> = { pageBase: 'https://192.168.1.4/', localNetwork: async () => 'prompt' };
    expect((await found({ ...local, around: near, hosts: { 'https://192.168.1.4': PAGE } })).cause).toBe('unreachable');
    const insecure = await found({
      ...local,
      endpoint: { base: 'http://192.168.1.5:5000' },
      around: { localNetwork: async () => 'prompt' },
    });
    expect(insecure).toMatchObject({ cause: 'mixed-content', mayBe: ['local-network'] });
    // A public name is no business of that permission.
    expect((await found({ around: { localNetwork: async () => 'denied' } })).cause).toBe('unreachable');
  });

  test('because this page’s own policy blocks it', async () => {
    expect(await found({ around: { isBlockedByPolicy: async () => true } })).toMatchObject({
      cause: 'blocked',
      mayBe: [],
    });
  });

  test('within the deadline', async () => {
    const run = await diagnose({ around: { deadlineMs: 20, fetch: hanging(/^https:..registry/) } });
    expect(run.finding).toMatchObject({ cause: 'timeout', step: 'reach' });
    expect(run.steps[0]?.exchanges[0]?.answer).toBe('nothing within 0 s');
    const later = { deadlineMs: 20, fetch: hanging(/manifests/, { [HOST]: { answer: registry(image) } }) };
    expect((await diagnose({ around: later })).finding).toMatchObject({ cause: 'timeout', step: 'tag' });
  });

  /** Never answers where the address matches. */
  function hanging(silent: RegExp, hosts: Hosts = {}): typeof fetch {
    const browser = scriptedBrowser({ 'https://page.test': PAGE, ...hosts });
    return (input, init) => {
      if (!silent.test(String(input))) return browser.fetch(input, init);
      return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    };
  }
});

describe('CORS', () => {
  test('none on the API', async () => {
    const hosts = { [HOST]: { answer: registry(image), cors: false } };
    expect(await found({ hosts })).toMatchObject({
      cause: 'no-cors-api',
      step: 'cors',
      mayBe: [],
      host: 'registry.test',
    });
  });

  test('none on /v2/ alone, which a pull never asks', async () => {
    const answer = registry(image, { ping: () => unreachable() });
    const run = await diagnose({ hosts: { [HOST]: { answer } } });
    expect(run.finding).toBeUndefined();
    expect(run.steps.find(({ id }) => id === 'challenge')?.state).toBe('skipped');
  });

  test('preflights that are refused', async () => {
    const hosts: Hosts = { [HOST]: { answer: guarded(), preflights: 'none' }, [TOKENS]: tokenServer };
    expect(await found({ hosts })).toMatchObject({ cause: 'preflight', step: 'cors', mayBe: [] });
  });

  test('preflights that pass for every header but Authorization', async () => {
    const hosts: Hosts = { [HOST]: { answer: guarded(), preflights: 'without-authorization' }, [TOKENS]: tokenServer };
    expect(await found({ hosts })).toMatchObject({ cause: 'authorization-not-allowed', step: 'cors' });
  });

  test('preflights that only the repository refuses', async () => {
    const open = registry(image);
    const ask = guarded();
    const hosts: Hosts = {
      [HOST]: { answer: (path, asked) => (path === '/v2/' ? open : ask)(path, asked), preflights: 'none' },
      [TOKENS]: tokenServer,
    };
    expect(await found({ hosts })).toMatchObject({ cause: 'preflight', step: 'tag' });
  });

  test('none on the token server', async () => {
    const hosts: Hosts = { [HOST]: { answer: guarded() }, [TOKENS]: { ...tokenServer, cors: false } };
    expect(await found({ hosts })).toMatchObject({
      cause: 'no-cors-token',
      step: 'token',
      host: 'tokens.test',
      mayBe: [],
    });
  });

  test('a token server that is not there', async () => {
    const hosts: Hosts = { [HOST]: { answer: guarded() } };
    expect(await found({ hosts })).toMatchObject({ cause: 'unreachable', step: 'token', host: 'tokens.test' });
  });

  test('none on the host that blobs come from', async () => {
    const redirect = (path: string) => (path.includes('/blobs/') ? `${STORAGE}${path}?signature=secret` : undefined);
    const api: Host = { answer: registry(image), redirect };
    const hosts: Hosts = { [HOST]: api, [STORAGE]: { answer: registry(image), cors: false } };
    expect(await found({ hosts })).toMatchObject({ cause: 'no-cors-blob', step: 'config', mayBe: [] });
    // With a token, nobody can tell whether the host behind is there at all.
    const secured: Hosts = { [HOST]: { ...api, answer: guarded() }, [TOKENS]: tokenServer };
    expect(await found({ hosts: secured })).toMatchObject({
      cause: 'no-cors-blob',
      step: 'config',
      mayBe: ['unreachable'],
    });
  });

  test('a challenge that it hides, where no token server can be guessed', async () => {
    const hosts: Hosts = { [HOST]: { answer: guarded({}, {}) } };
    expect(await found({ hosts })).toMatchObject({ cause: 'hidden-challenge', step: 'token' });
  });
});

describe('accounts', () => {
  const account = { kind: 'password', username: 'ann', password: 'open sesame' } as const;
  const grant: Grant = { account, viaRelay: false, realmHosts: ['tokens.test'] };
  const basic = { 'WWW-Authenticate': 'Basic realm="registry"' };

  test('none given to a registry that wants one', async () => {
    const hosts: Hosts = { [HOST]: { answer: unauthorized(basic) } };
    expect(await found({ hosts })).toMatchObject({ cause: 'sign-in', step: 'tag' });
  });

  test('refused by the registry, or by the token server', async () => {
    expect(await found({ hosts: { [HOST]: { answer: unauthorized(basic) } }, grant })).toMatchObject({
      cause: 'wrong-credentials',
      step: 'tag',
    });
    const hosts: Hosts = { [HOST]: { answer: guarded() }, [TOKENS]: { answer: unauthorized(basic) } };
    expect(await found({ hosts, grant })).toMatchObject({ cause: 'wrong-credentials', step: 'token' });
  });

  test('known, but without the right', async () => {
    const hosts: Hosts = { [HOST]: { answer: unauthorized() }, [TOKENS]: tokenServer };
    expect(await found({ hosts, grant })).toMatchObject({ cause: 'no-rights', step: 'tag' });
  });

  test('that may not go where they would have to', async () => {
    const hosts: Hosts = { [HOST]: { answer: guarded() }, [TOKENS]: tokenServer };
    expect(await found({ hosts, grant: { ...grant, realmHosts: [] } })).toMatchObject({
      cause: 'not-trusted',
      step: 'tag',
    });
  });

  test('no password, token or signature is in what is shown', async () => {
    const hosts: Hosts = { [HOST]: { answer: unauthorized() }, [TOKENS]: tokenServer };
    const run = await diagnose({ hosts, grant });
    const text = reportText([run], { title: 'app', origin: 'https://page.test', browser: 'test', at: new Date(0) });
    expect(text).toContain('Cause: no rights');
    const secrets = ['open sesame', Buffer.from('ann:open sesame').toString('base64'), 'Bearer good'];
    for (const secret of secrets) expect(`${text}${JSON.stringify(run)}`).not.toContain(secret);
  });
});

describe('answers', () => {
  const answering =
    (status: number, headers: HeadersInit = {}) =>
    () =>
      json({ errors: [] }, { status, headers });

  test.each([
    ['not-found', 404],
    ['not-found', 403],
    ['rate-limit', 429],
    ['registry-failed', 500],
  ])('%s for %i', async (cause, status) => {
    const answer = registry(image, { manifest: answering(status, { 'Retry-After': '60' }) });
    const finding = await found({ hosts: { [HOST]: { answer } } });
    expect(finding).toMatchObject({ cause, step: 'tag' });
    if (status === 429) expect(finding.evidence.join(' ')).toContain('Retry-After: 60');
  });

  test('private: 401 even with the token that anybody gets', async () => {
    const hosts: Hosts = { [HOST]: { answer: unauthorized() }, [TOKENS]: tokenServer };
    expect(await found({ hosts })).toMatchObject({ cause: 'not-found', step: 'tag' });
  });

  test('a web page in place of the registry, or of the manifest', async () => {
    const page = () => new Response('<title>Sign in</title>', { headers: { 'Content-Type': 'text/html' } });
    expect(await found({ hosts: { [HOST]: { answer: page } } })).toMatchObject({
      cause: 'not-a-registry',
      step: 'cors',
    });
    const answer = registry(image, { manifest: page });
    const finding = await found({ hosts: { [HOST]: { answer } } });
    expect(finding).toMatchObject({ cause: 'wrong-media-type', step: 'manifest' });
    expect(finding.evidence.join(' ')).toContain('text/html');
  });

  test('a manifest under a label that Docker refuses is said, and goes on', async () => {
    const manifest = () => new Response(image.manifest, { headers: { 'Content-Type': 'text/plain' } });
    const run = await diagnose({ hosts: { [HOST]: { answer: registry(image, { manifest }) } } });
    expect(run.finding).toBeUndefined();
    expect(run.steps.find(({ id }) => id === 'manifest')?.said).toContain('text/plain');
  });

  test.each(['http://169.254.169.254/token', 'file:///etc/passwd', 'http://[', 'https://localhost/token', ''])(
    'the realm “%s”',
    async (realm) => {
      const hosts: Hosts = { [HOST]: { answer: unauthorized(bearer(realm)) } };
      expect(await found({ hosts })).toMatchObject({ cause: 'broken-realm', step: 'challenge', mayBe: [] });
    },
  );

  test('a realm that lacks its https://', async () => {
    const hosts: Hosts = { [HOST]: { answer: unauthorized(bearer('tokens.test/token')) } };
    const finding = await found({ hosts });
    expect(finding).toMatchObject({ cause: 'broken-realm', step: 'token' });
    expect(finding.evidence.join(' ')).toContain('tokens.test/token');
  });

  test('a layer that Content-Encoding had unpacked on the way', async () => {
    const tar = new Uint8Array(1000).fill(65);
    const layer = (headers: HeadersInit) => () => new Response(tar, { headers });
    const exposed = registry(image, { layer: layer({ 'Content-Encoding': 'gzip' }) });
    expect(await found({ hosts: { [HOST]: { answer: exposed } } })).toMatchObject({
      cause: 'mislabelled-encoding',
      step: 'blob',
      mayBe: [],
    });
    const hidden = registry(image, { layer: layer({}) });
    expect(await found({ hosts: { [HOST]: { answer: hidden } } })).toMatchObject({
      cause: 'mislabelled-encoding',
      mayBe: ['damaged'],
    });
  });

  test('a layer that is cut, and a config that is not itself', async () => {
    const cut = registry(image, { layer: () => new Response(image.layer.slice(0, 500)) });
    expect(await found({ hosts: { [HOST]: { answer: cut } } })).toMatchObject({ cause: 'damaged', step: 'blob' });
    const other = registry(image, { config: () => new Response(image.config.replace('linux', 'minix')) });
    expect(await found({ hosts: { [HOST]: { answer: other } } })).toMatchObject({ cause: 'damaged', step: 'config' });
  });
});

describe('through a relay', () => {
  const RELAY = 'https://page.test/relay/r/registry.test';
  const endpoint = { base: RELAY, via: 'relay' } as const;
  const relayed = (answer: Host['answer']): Hosts => ({
    'https://page.test': { answer: (path, asked) => answer(path.replace('/relay/r/registry.test', ''), asked) },
  });
  const refusing = (reason: string, status: number) => () =>
    json({ errors: [{ code: reason }] }, { status, headers: { 'Pulltab-Relay-Error': reason } });

  test('CORS of the registry does not matter', async () => {
    const run = await diagnose({ hosts: relayed(registry(image)), endpoint });
    expect(run.finding).toBeUndefined();
    expect(run.steps.find(({ id }) => id === 'cors')?.state).toBe('skipped');
  });

  test.each([
    ['relay-refused', 'host-not-allowed', 403],
    ['relay-cannot-reach', 'upstream-unreachable', 502],
  ])('%s for %s', async (cause, reason, status) => {
    const finding = await found({ hosts: relayed(refusing(reason, status)), endpoint });
    expect(finding).toMatchObject({ cause, step: 'reach', host: 'registry.test' });
  });

  test('that is not there', async () => {
    const there = { ...endpoint, base: 'https://relay.test/r/registry.test' };
    expect(await found({ endpoint: there })).toMatchObject({ cause: 'relay-unreachable', host: 'relay.test' });
  });
});

test('a diagnosis that is left says nothing more', async () => {
  const controller = new AbortController();
  const states: string[] = [];
  const running = runDiagnosis({
    reference: parseReference('registry.test/app:1'),
    endpoint: { registry: 'registry.test', base: HOST, via: 'direct' },
    transport: { via: 'direct', label: 'direct' },
    createClient: (endpoint, fetch) => createRegistryClient({ endpoint, fetch }),
    surroundings: {
      fetch: scriptedBrowser({ [HOST]: { answer: registry(image) } }).fetch,
      now: () => 0,
      pageBase: 'https://page.test/',
      isOnline: () => true,
      localNetwork: async () => undefined,
      isBlockedByPolicy: async () => false,
      deadlineMs: 10_000,
    },
    signal: controller.signal,
    onChange: ({ state }) => {
      states.push(state);
      controller.abort();
    },
  });
  await running;
  expect(states).toEqual(['running']);
});
