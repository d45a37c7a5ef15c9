import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readCredentials } from '../../../src/core/credentials/read-credentials.ts';
import { writeDockerConfig, writeKubernetesSecret } from '../../../src/core/credentials/write-credentials.ts';
import type { Account } from '../../../src/core/registry/account.ts';

const ANN: Account = { kind: 'password', username: 'ann', password: 's3:cret' };
/** `printf 'ann:s3:cret' | base64` */
const AUTH = 'YW5uOnMzOmNyZXQ=';

async function accountsOf(value: unknown): Promise<Record<string, Account>> {
  return Object.fromEntries((await readCredentials(JSON.stringify(value))).accounts);
}

const whyNot = async (text: string) => (await readCredentials(text)).unusable;

describe('a Docker config', () => {
  test.each([
    ['padded', { auth: AUTH }, ANN],
    ['without padding', { auth: 'YW5uOnMzOmNyZXQ' }, ANN],
    // printf 'ann:s3:cret\0\0' | base64
    ['with NULs at its end', { auth: 'YW5uOnMzOmNyZXQAAA==' }, ANN],
    ['with an empty e-mail address', { auth: AUTH, email: '' }, ANN],
    ['beside other fields, which it wins over', { auth: AUTH, username: 'x', password: 'y' }, ANN],
    ['in two fields', { username: 'ann', password: 's3:cret' }, ANN],
    [
      'with an identity token',
      // printf '00000000-0000-0000-0000-000000000000:' | base64
      { auth: 'MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOg==', identitytoken: 'r' },
      { kind: 'identity-token', username: '00000000-0000-0000-0000-000000000000', token: 'r' },
    ],
    [
      'as a helper gives identity tokens',
      { username: '<token>', password: 'r' },
      { kind: 'identity-token', token: 'r' },
    ],
    ['with a registry token', { auth: AUTH, registrytoken: 'b' }, { kind: 'registry-token', token: 'b' }],
  ])('holds an account %s', async (_, auth, account) => {
    expect(await accountsOf({ auths: { 'https://quay.io/v2/': auth } })).toEqual({ 'quay.io': account });
  });

  test('says which helper keeps what a browser cannot get', async () => {
    const config = {
      auths: { 'https://index.docker.io/v1/': {}, 'gcr.io': { auth: AUTH } },
      credsStore: 'desktop',
      credHelpers: { 'gcr.io': 'gcloud', '1.dkr.ecr.us-east-1.amazonaws.com': 'ecr-login' },
    };
    const { accounts, unusable } = await readCredentials(JSON.stringify(config));
    expect(accounts.size).toBe(0);
    expect(unusable.map(({ registry, why }) => [registry, /docker-credential-[a-z-]+/.exec(why)?.[0]])).toEqual([
      ['gcr.io', 'docker-credential-gcloud'],
      ['1.dkr.ecr.us-east-1.amazonaws.com', 'docker-credential-ecr-login'],
      ['https://index.docker.io/v1/', 'docker-credential-desktop'],
    ]);
  });

  test.each([
    ['not base64', { auth: '%%%' }, 'not base64'],
    ['no colon in it', { auth: 'YW5u' }, 'a colon'],
    ['nothing in it', {}, 'no password'],
    ['a password missing', { auth: 'YW5uOg==' }, 'no password'],
    ['a token that would split a header', { registrytoken: 'a\r\nX: 1' }, 'no header'],
    ['no object', 7, 'not an object'],
  ])('with an entry that has %s keeps the others', async (_, bad, why) => {
    const { accounts, unusable } = await readCredentials(
      JSON.stringify({ auths: { 'a.example': bad, 'b.example': { auth: AUTH } } }),
    );
    expect([...accounts.keys()]).toEqual(['b.example']);
    expect(unusable).toEqual([{ registry: 'a.example', why: expect.stringContaining(why) }]);
  });

  test('cannot reach into what is not its own', async () => {
    const text = `{"auths":{"__proto__":{"auth":"${AUTH}"},"constructor":{"auth":"${AUTH}"},"a.example":{"auth":"${AUTH}","__proto__":{"registrytoken":"x"}}}}`;
    const { accounts } = await readCredentials(text);
    expect(accounts.get('a.example')).toEqual(ANN);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect('auth' in {}).toBe(false);
  });

  test('of the old form has no “auths” around', async () => {
    expect(await accountsOf({ 'https://index.docker.io/v1/': { auth: AUTH, email: 'a@b.example' } })).toEqual({
      'docker.io': ANN,
    });
  });

  test.each([
    ['', 'empty'],
    ['{', 'neither JSON nor YAML'],
    ['{}', 'no Docker config'],
    ['[]', 'no Docker config'],
    ['"text"', 'no Docker config'],
    ['{"a":1}', 'no Docker config'],
    ['{"auths":7}', '“auths”'],
    ['{"credHelpers":{"a":1}}', 'credHelpers'],
    ['x'.repeat(1024 * 1024 + 1), '1 MiB'],
    ['kind: Secret\ntype: Opaque\ndata: {a: Yg==}\n', 'Opaque'],
    ['kind: Secret\ndata: {.dockerconfigjson: "%"}\n', 'not base64'],
    ['kind: Secret\nstringData: {.dockerconfigjson: "no"}\n', 'not JSON'],
  ])('is not %j', async (text, why) => {
    await expect(readCredentials(text)).rejects.toMatchObject({
      code: 'credentials-invalid',
      seen: expect.stringContaining(why),
    });
  });

  test('that cannot be read is not quoted: a line of it may hold a password', async () => {
    const error: unknown = await readCredentials('auths:\n  hunter2: [\n').catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('line');
    expect(String(error)).not.toContain('hunter2');
  });
});

describe('a Kubernetes Secret', () => {
  /** In the form that `kubectl create secret docker-registry … --dry-run=client -o yaml` prints. */
  const BY_KUBECTL = `apiVersion: v1
data:
  .dockerconfigjson: eyJhdXRocyI6eyJxdWF5LmlvIjp7InVzZXJuYW1lIjoiYW5uIiwicGFzc3dvcmQiOiJzMzpjcmV0IiwiYXV0aCI6IllXNXVPbk16T21OeVpYUT0ifX19
kind: Secret
metadata:
  creationTimestamp: null
  name: regcred
type: kubernetes.io/dockerconfigjson
`;
  const json = JSON.stringify({ auths: { 'quay.io': { auth: AUTH } } });
  const encoded = Buffer.from(json).toString('base64');
  const legacy = Buffer.from(JSON.stringify({ 'quay.io': { auth: AUTH } })).toString('base64');

  test.each([
    ['as kubectl writes it', BY_KUBECTL],
    ['as JSON', JSON.stringify(parse(BY_KUBECTL))],
    ['in a list', JSON.stringify({ kind: 'List', items: [parse(BY_KUBECTL)] })],
    ['as the second document', `---\n# nothing\n---\n${BY_KUBECTL}`],
    [
      'with lines broken',
      `kind: Secret\ndata:\n  .dockerconfigjson: |\n    ${encoded.match(/.{1,20}/g)?.join('\n    ')}\n`,
    ],
    ['in plain text', `kind: Secret\nstringData:\n  .dockerconfigjson: |\n    ${json}\n`],
    [
      'in both, of which the plain text counts',
      `kind: Secret\ndata:\n  .dockerconfigjson: e30=\nstringData:\n  .dockerconfigjson: '${json}'\n`,
    ],
    ['of the old type', `kind: Secret\ntype: kubernetes.io/dockercfg\ndata:\n  .dockercfg: ${legacy}\n`],
    ['with a byte order mark and Windows’ lines', `\uFEFF${BY_KUBECTL.replaceAll('\n', '\r\n')}`],
  ])('is read %s', async (_, text) => {
    expect(Object.fromEntries((await readCredentials(text)).accounts)).toEqual({ 'quay.io': ANN });
  });

  test('that unfolds without end is refused', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    await expect(readCredentials(bomb)).rejects.toMatchObject({ code: 'credentials-invalid' });
  });
});

describe('what is written', () => {
  const accounts = new Map<string, Account>([
    ['quay.io', ANN],
    ['docker.io', { kind: 'password', username: 'bob', password: 'pä\n' }],
    ['a.azurecr.io', { kind: 'identity-token', username: undefined, token: 'r' }],
    ['b.azurecr.io', { kind: 'identity-token', username: '0', token: 'r' }],
    ['c.example', { kind: 'registry-token', token: 't' }],
  ]);

  test.each([
    ['Docker config', writeDockerConfig],
    ['Kubernetes Secret', writeKubernetesSecret],
  ])('as a %s is read back', async (_, write) => {
    const read = await readCredentials(write(accounts));
    expect(new Map(read.accounts)).toEqual(accounts);
    expect(read.unusable).toEqual([]);
    expect(write(new Map([...accounts].reverse()))).toBe(write(accounts));
  });

  test('names Docker Hub as Docker does', () => {
    expect(JSON.parse(writeDockerConfig(new Map([['docker.io', ANN]])))).toEqual({
      auths: { 'https://index.docker.io/v1/': { auth: AUTH } },
    });
  });

  test('for Kubernetes is a Secret of the right type', () => {
    expect(parse(writeKubernetesSecret(new Map([['quay.io', ANN]])))).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': expect.any(String) },
    });
  });

  test('leaves nothing of what was not asked for', async () => {
    expect(await whyNot(writeDockerConfig(new Map()))).toEqual([]);
    expect(writeDockerConfig(new Map())).toBe('{\n  "auths": {}\n}\n');
  });
});
