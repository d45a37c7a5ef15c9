/**
 * A token server as the distribution project specifies it, signing for the lab's registries.
 * https://distribution.github.io/distribution/spec/auth/jwt/ (a JWT signed with ES256, its certificate in `x5c`).
 *
 * Anyone may pull anything, except repositories that begin with `private/`: those want the lab's account.
 */
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { run } from './process.ts';
import { appendRequest, describeRequest } from './request-log.ts';

export const LAB_ISSUER = 'pulltab-lab';
export const LAB_SERVICE = 'registry.lab';
export const LAB_ACCOUNT = { username: 'lab', password: 'open sesame' } as const;

export interface Signer {
  readonly keyFile: string;
  /** What the registry gets as `rootcertbundle`. */
  readonly certificateFile: string;
}

export interface TokenServer {
  /** The address for a registry's `realm`. */
  readonly realm: string;
  stop(): Promise<void>;
}

interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

export async function makeSigner(folder: string): Promise<Signer> {
  const signer = { keyFile: join(folder, 'token-key.pem'), certificateFile: join(folder, 'token-certificate.pem') };
  await run('openssl', [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '3650'],
    ...['-subj', `/CN=${LAB_ISSUER}`, '-keyout', signer.keyFile, '-out', signer.certificateFile],
  ]);
  return signer;
}

export async function startTokenServer(options: {
  readonly signer: Signer;
  readonly logFile: string;
  /** How long a token lives; 300 like Docker Hub's when not given. */
  readonly lifetimeSeconds?: number;
}): Promise<TokenServer> {
  const { signer, logFile, lifetimeSeconds = 300 } = options;
  const issue = makeIssuer(signer, lifetimeSeconds);
  const server = createServer((request, response) => {
    const { status, body } = answer(request, issue);
    const sent = { status, bytes: body.length, startedMs: Date.now() };
    response.once('close', () => appendRequest(logFile, describeRequest(request, sent)));
    send(response, status, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, issue: (access: Grant[]) => object): { status: number; body: string } {
  const url = new URL(request.url ?? '/', 'http://lab');
  if (url.pathname !== '/token') return failure(404, 'there is only /token here');
  if (request.method === 'OPTIONS') return { status: 204, body: '' };
  if (request.method !== 'GET') return failure(405, 'tokens are asked for with GET');
  if (url.searchParams.get('service') !== LAB_SERVICE) return failure(400, 'the service is unknown');
  const account = accountOf(request.headers.authorization);
  if (account === 'wrong') return failure(401, 'incorrect username or password');
  const access = url.searchParams.getAll('scope').flatMap((scope) => grantOf(scope, account === 'known'));
  return { status: 200, body: JSON.stringify(issue(access)) };
}

function failure(status: number, message: string): { status: number; body: string } {
  return { status, body: JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message }] }) };
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': 'Authorization',
    'Access-Control-Allow-Methods': 'GET, OPTIONS',
    'Cache-Control': 'no-store',
    ...(body === '' ? {} : { 'Content-Type': 'application/json' }),
    ...(status === 401 ? { 'WWW-Authenticate': `Basic realm="${LAB_ISSUER}"` } : {}),
  });
  response.end(body);
}

function accountOf(authorization: string | undefined): 'none' | 'known' | 'wrong' {
  if (authorization === undefined) return 'none';
  const known = Buffer.from(`${LAB_ACCOUNT.username}:${LAB_ACCOUNT.password}`).toString('base64');
  return authorization === `Basic ${known}` ? 'known' : 'wrong';
}

/** What is granted of a scope, which may be less than was asked: the registry then refuses, not this server. */
function grantOf(scope: string, known: boolean): Grant[] {
  const match = /^repository:([^:]+):([a-z,*]+)$/.exec(scope);
  if (match === null) return [];
  const [, name = '', asked = ''] = match;
  const may = known || !name.startsWith('private/');
  const actions = asked.split(',').filter((action) => action === 'pull' && may);
  return [{ type: 'repository', name, actions }];
}

function makeIssuer({ keyFile, certificateFile }: Signer, lifetimeSeconds: number): (access: Grant[]) => object {
  const key = createPrivateKey(readFileSync(keyFile));
  const certificate = new X509Certificate(readFileSync(certificateFile)).raw.toString('base64');
  const header = encode({ typ: 'JWT', alg: 'ES256', x5c: [certificate] });
  return (access) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = encode({
      ...{ iss: LAB_ISSUER, sub: '', aud: LAB_SERVICE, jti: randomUUID(), access },
      ...{ iat: now, nbf: now - 10, exp: now + lifetimeSeconds },
    });
    // JOSE wants r and s side by side, not the DER sequence that OpenSSL makes by default.
    const signature = sign('sha256', Buffer.from(`${header}.${claims}`), { key, dsaEncoding: 'ieee-p1363' });
    const token = `${header}.${claims}.${signature.toString('base64url')}`;
    return { token, expires_in: lifetimeSeconds, issued_at: new Date(now * 1000).toISOString() };
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
