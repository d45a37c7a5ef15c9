/** What a person's account is sent to, and in which form. The services are made up: no real one answers like this on demand. */
import { describe, expect, test } from 'vitest';
import type { Account, Grant } from '../../../src/core/registry/account.ts';
import { createRegistryClient, type Endpoint } from '../../../src/core/registry/client.ts';
import { type Answer, fakeFetch, json, unreachable } from './fake-fetch.ts';

const BASE = 'https://registry.example';
const DIRECT: Endpoint = { registry: 'registry.example', base: BASE, via: 'direct' };
const RELAY: Endpoint = {
  registry: 'registry.example',
  base: 'https://page.example/relay/r/registry.example',
  via: 'relay',
};
const URL_OF_TAG = `${BASE}/v2/a/b/manifests/1`;
const SCOPE = 'scope=repository%3Aa%2Fb%3Apull';
const PASSWORD: Account = { kind: 'password', username: 'ann', password: 'pä:ss' };
/** `printf 'ann:pä:ss' | base64` */
const BASIC = 'Basic YW5uOnDDpDpzcw==';
const MANIFEST = '{"schemaVersion":2}';
const WRONG = { code: 'credentials-refused' };

const grant = (account: Account, rest: Partial<Grant> = {}): Grant => ({
  account,
  viaRelay: false,
  realmHosts: [],
  ...rest,
});

function clientWith(answer: Answer, given: Grant | undefined, endpoint = DIRECT) {
  const { fetch, asked, log } = fakeFetch(answer);
  return { client: createRegistryClient({ endpoint, fetch, grant: given, now: () => 1_000_000 }), asked, log };
}

const challenge = (header: string, status = 401) => json({}, { status, headers: { 'WWW-Authenticate': header } });

/** A registry that wants `authorization`, and says `header` to everyone else; other addresses are for `elsewhere`. */
function wants(authorization: string, header: string, elsewhere: Answer = unreachable): Answer {
  return (asked) => {
    if (!asked.url.includes('/v2/a/b/')) return elsewhere(asked);
    return asked.headers.authorization === authorization ? new Response(MANIFEST) : challenge(header);
  };
}

describe('a registry that wants user name and password', () => {
  test('gets them after it has asked, and unasked from then on', async () => {
    const { client, log } = clientWith(wants(BASIC, 'Basic realm="x"'), grant(PASSWORD));
    await client.manifest('a/b', '1');
    await client.manifest('a/b', '1');
    expect(log()).toEqual([URL_OF_TAG, `${URL_OF_TAG} (${BASIC})`, `${URL_OF_TAG} (${BASIC})`]);
    expect(client.access('a/b')).toMatchObject([{ authorization: BASIC }]);
  });

  test('gets them without a readable challenge, where no token service answers', async () => {
    const hidden: Answer = ({ url, headers }) => {
      if (!url.includes('/v2/a/b/')) return json({}, { status: 404 });
      return headers.authorization === BASIC ? new Response(MANIFEST) : json({}, { status: 401 });
    };
    const { client, log } = clientWith(hidden, grant(PASSWORD));
    await client.manifest('a/b', '1');
    expect(log().at(-1)).toBe(`${URL_OF_TAG} (${BASIC})`);
    expect(log().filter((line) => !line.startsWith(BASE))).toEqual([]);
  });

  test('refuses wrong ones once, and is not asked again', async () => {
    const { client, log } = clientWith(() => challenge('Basic realm="x"'), grant(PASSWORD));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ ...WRONG, status: 401 });
    expect(log()).toEqual([URL_OF_TAG, `${URL_OF_TAG} (${BASIC})`]);
  });

  test('gets none where nobody has signed in', async () => {
    const { client, log } = clientWith(() => challenge('Basic realm="x"'), undefined);
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required' });
    expect(log()).toEqual([URL_OF_TAG]);
  });

  test('gets none over plain http', async () => {
    const endpoint: Endpoint = { registry: 'registry.example', base: 'http://registry.example', via: 'direct' };
    const { client, asked } = clientWith(() => challenge('Basic realm="x"'), grant(PASSWORD), endpoint);
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required' });
    expect(asked.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
  });

  test('is not what an identity token is for', async () => {
    const identity: Account = { kind: 'identity-token', username: undefined, token: 'refresh' };
    const { client, asked } = clientWith(() => challenge('Basic realm="x"'), grant(identity));
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required' });
    expect(asked.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
  });
});

describe('a registry that wants tokens', () => {
  const REALM = `${BASE}/token`;
  const HEADER = `Basic realm="x", Bearer realm="${REALM}",service="s"`;

  test('is given one that the account got, even where it would take the account', async () => {
    const { client, log } = clientWith(
      wants('Bearer t', HEADER, () => json({ token: 't', expires_in: 300 })),
      grant(PASSWORD),
    );
    await client.manifest('a/b', '1');
    await client.manifest('a/b', '1');
    expect(log()).toEqual([
      URL_OF_TAG,
      `${REALM}?service=s&${SCOPE} (${BASIC})`,
      `${URL_OF_TAG} (Bearer t)`,
      `${URL_OF_TAG} (Bearer t)`,
    ]);
  });

  test('refuses wrong credentials at its token service', async () => {
    const { client } = clientWith(
      wants('Bearer t', HEADER, () => json({}, { status: 401 })),
      grant(PASSWORD),
    );
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ ...WRONG, status: 401 });
  });

  test('refuses an account without rights in other words than a wrong password', async () => {
    const { client } = clientWith(
      wants('never', HEADER, () => json({ token: 't' })),
      grant(PASSWORD),
    );
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-denied' });
  });

  test('is asked for a missing scope once, which goes first', async () => {
    const more = 'repository:base/layers:pull';
    const narrow = `Bearer realm="${REALM}",service="s",error="insufficient_scope",scope="${more}"`;
    const { client, log } = clientWith(({ url, headers }) => {
      if (url.startsWith(REALM)) return json({ token: url.includes('base') ? 'wide' : 'narrow' });
      if (headers.authorization === undefined) return challenge(HEADER);
      return headers.authorization === 'Bearer wide' ? new Response(MANIFEST) : challenge(narrow);
    }, undefined);
    await client.manifest('a/b', '1');
    expect(log()).toEqual([
      URL_OF_TAG,
      `${REALM}?service=s&${SCOPE}`,
      `${URL_OF_TAG} (Bearer narrow)`,
      `${REALM}?service=s&scope=repository%3Abase%2Flayers%3Apull&${SCOPE}`,
      `${URL_OF_TAG} (Bearer wide)`,
    ]);
  });

  test.each(['repository:a/b:pull,push', 'repository:a/b:*', 'registry:catalog:*', 'x'.repeat(2000)])(
    'gets no token for the scope %s, whatever it asks for',
    async (scope) => {
      const header = `Bearer realm="${REALM}",error="insufficient_scope",scope="${scope}"`;
      const { client, log } = clientWith(
        wants('never', header, () => json({ token: 't' })),
        undefined,
      );
      await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required' });
      expect(log()).toEqual([URL_OF_TAG, `${REALM}?${SCOPE}`, `${URL_OF_TAG} (Bearer t)`]);
    },
  );

  test('that calls its first token invalid gets one more, and no third', async () => {
    let given = 0;
    const header = `Bearer realm="${REALM}",error="invalid_token"`;
    const { client, log } = clientWith(
      wants('never', header, () => json({ token: `t${++given}` })),
      undefined,
    );
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ code: 'auth-required' });
    expect(log().filter((line) => line.startsWith(URL_OF_TAG))).toEqual([
      URL_OF_TAG,
      `${URL_OF_TAG} (Bearer t1)`,
      `${URL_OF_TAG} (Bearer t2)`,
    ]);
  });
});

describe('an identity token', () => {
  const REALM = `${BASE}/oauth2/token`;
  const HEADER = `Bearer realm="${REALM}",service="s"`;
  const account: Account = { kind: 'identity-token', username: undefined, token: 'refresh+me' };

  test('is exchanged by POST, and goes into no address and no header', async () => {
    const { client, asked } = clientWith(
      wants('Bearer t', HEADER, () => json({ access_token: 't' })),
      grant(account),
    );
    await client.manifest('a/b', '1');
    const [question] = asked.filter(({ init }) => init.method === 'POST');
    expect(question?.url).toBe(REALM);
    expect(question?.headers).toEqual({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(Object.fromEntries(new URLSearchParams(String(question?.init.body)))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh+me',
      service: 's',
      scope: 'repository:a/b:pull',
      client_id: 'pulltab',
    });
  });

  test.each([400, 401, 404, 405])('is sent by GET where POST is answered %i', async (status) => {
    const { client, log } = clientWith(
      wants('Bearer t', HEADER, ({ init }) => (init.method === 'POST' ? json({}, { status }) : json({ token: 't' }))),
      grant({ ...account, username: '00000000-0000-0000-0000-000000000000' }),
    );
    await client.manifest('a/b', '1');
    // printf '00000000-0000-0000-0000-000000000000:refresh+me' | base64 -w0
    const basic = 'Basic MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOnJlZnJlc2grbWU=';
    expect(log().slice(1, 3)).toEqual([REALM, `${REALM}?service=s&${SCOPE} (${basic})`]);
  });

  test.each([403, 500])('is not tried again after %i', async (status) => {
    const { client, log } = clientWith(
      wants('Bearer t', HEADER, () => json({}, { status })),
      grant(account),
    );
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({ status });
    expect(log()).toEqual([URL_OF_TAG, REALM]);
  });
});

test('a registry token is used as it is, and never exchanged', async () => {
  const account: Account = { kind: 'registry-token', token: 'mine' };
  const good = clientWith(wants('Bearer mine', `Bearer realm="${BASE}/token"`), grant(account));
  await good.client.manifest('a/b', '1');
  expect(good.log()).toEqual([`${URL_OF_TAG} (Bearer mine)`]);
  const bad = clientWith(wants('never', `Bearer realm="${BASE}/token"`), grant(account));
  await expect(bad.client.manifest('a/b', '1')).rejects.toMatchObject(WRONG);
  expect(bad.log()).toEqual([`${URL_OF_TAG} (Bearer mine)`]);
});

describe('a token service at another host', () => {
  const tokens: Answer = () => json({ token: 't' });
  const at = (registry: string, realm: string, realmHosts: readonly string[] = []) =>
    clientWith(wants('Bearer t', `Bearer realm="${realm}",service="s"`, tokens), grant(PASSWORD, { realmHosts }), {
      registry,
      base: `https://${registry}`,
      via: 'direct',
    });

  test.each([
    ['registry.example', 'https://login.example/token', 'login.example'],
    // Tenants of one provider are strangers to each other.
    ['one.azurecr.io', 'https://two.azurecr.io/oauth2/token', 'two.azurecr.io'],
    ['registry.example', 'https://registry.example:8443/token', 'registry.example:8443'],
    ['registry.example', 'https://auth.docker.io/token', 'auth.docker.io'],
    ['registry-1.docker.io', 'https://auth.docker.io/other', 'auth.docker.io'],
    ['registry.gitlab.com', 'https://gitlab.com.evil.example/jwt/auth', 'gitlab.com.evil.example'],
  ])('%s does not send an account to %s', async (registry, realm, host) => {
    const { client, asked } = at(registry, realm);
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({
      code: 'realm-not-trusted',
      host,
      seen: expect.stringContaining(registry),
    });
    expect(asked.map(({ url }) => new URL(url).host)).toEqual([registry]);
  });

  test.each([
    ['registry-1.docker.io', 'https://auth.docker.io/token', []],
    ['registry.gitlab.com', 'https://gitlab.com/jwt/auth', []],
    ['registry.example', 'https://login.example/token', ['login.example']],
  ])('%s sends it to %s: known, or confirmed', async (registry, realm, realmHosts) => {
    const { client, asked } = at(registry, realm, realmHosts);
    await client.manifest('a/b', '1');
    expect(asked[1]?.headers.authorization).toBe(BASIC);
    expect(asked[1]?.url.startsWith(realm)).toBe(true);
  });
});

describe('through a relay', () => {
  const TAG = `${RELAY.base}/v2/a/b/manifests/1`;
  const HEADER = `Bearer realm="${BASE}/token",service="s"`;
  const relayed =
    (token: string): Answer =>
    ({ url, headers }) => {
      if (url.startsWith(`${RELAY.base}/token`))
        return json({ token: headers.authorization === BASIC ? 'mine' : 'any' });
      if (headers.authorization === undefined) return challenge(HEADER);
      return headers.authorization === token ? new Response(MANIFEST) : json({}, { status: 403 });
    };

  test('an account goes only with leave, and the error says who would see it', async () => {
    const { client, asked } = clientWith(relayed('Bearer mine'), grant(PASSWORD), RELAY);
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({
      code: 'relay-not-trusted',
      host: 'page.example',
    });
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, 'Bearer any']);
  });

  test('what needs no account is read without it', async () => {
    const { client, log } = clientWith(relayed('Bearer any'), grant(PASSWORD), RELAY);
    await client.manifest('a/b', '1');
    expect(log()).toEqual([TAG, `${RELAY.base}/token?${SCOPE}`, `${TAG} (Bearer any)`]);
  });

  test('with leave it gets a token, or goes to a registry that wants the account itself', async () => {
    const allowed = grant(PASSWORD, { viaRelay: true });
    const tokens = clientWith(relayed('Bearer mine'), allowed, RELAY);
    await tokens.client.manifest('a/b', '1');
    expect(tokens.log()).toEqual([TAG, `${RELAY.base}/token?${SCOPE} (${BASIC})`, `${TAG} (Bearer mine)`]);
    const basic = clientWith(wants(BASIC, 'Basic realm="x"'), allowed, RELAY);
    await basic.client.manifest('a/b', '1');
    expect(basic.log()).toEqual([TAG, `${TAG} (${BASIC})`]);
  });

  test('the rules on token services hold as well', async () => {
    const elsewhere = wants('never', 'Bearer realm="https://login.example/token"');
    const { client, log } = clientWith(elsewhere, grant(PASSWORD, { viaRelay: true }), RELAY);
    await expect(client.manifest('a/b', '1')).rejects.toMatchObject({
      code: 'realm-not-trusted',
      host: 'login.example',
    });
    expect(log()).toEqual([TAG]);
  });
});
