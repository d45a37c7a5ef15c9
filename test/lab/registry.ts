/**
 * Debian's docker-registry (distribution 2.8), several times over one storage folder, so that an image pushed once is
 * served by all: open or guarded, readable by pages or not, with blobs of its own or at a storage provider.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORS_HEADERS, type Front, startNginx } from './nginx.ts';
import { type Daemon, startDaemon } from './process.ts';
import { type LoggedRequest, RequestLog } from './request-log.ts';
import { LAB_ACCOUNT, LAB_ISSUER, LAB_SERVICE, makeSigner, type Signer, startTokenServer } from './token-server.ts';

export const REGISTRY_KINDS = {
  plain: 'no authentication, CORS: a page can read it',
  token: 'token authentication, CORS headers, but preflights get 401: a page needs a relay',
  nginx: 'the same token authentication behind nginx that answers preflights: a page can read it',
  closed: 'no authentication and no CORS headers at all: a page needs a relay',
  htpasswd: 'user name and password for everything, behind nginx that answers preflights: a page can read it',
  redirect: 'as nginx, but blobs are redirected to a storage provider that refuses Authorization',
} as const;

export type RegistryKind = keyof typeof REGISTRY_KINDS;

/** What a test file gets through JSON. */
export interface RegistryAddress {
  /** `127.0.0.1:PORT`, as in a reference. */
  readonly host: string;
  readonly logFile: string;
  /** docker-registry itself, without nginx and its log between: for benchmarks. */
  readonly backend: string;
}

export type RegistryAddresses = Readonly<Record<RegistryKind, RegistryAddress>> & {
  /** Where `redirect` sends blob requests. */
  readonly storage: RegistryAddress;
  readonly tokenServer: { readonly realm: string; readonly logFile: string };
};

export interface Registry extends RegistryAddress {
  /** `http://127.0.0.1:PORT`. */
  readonly base: string;
  /** What began since this object was made or `clearRequests` was called. See `RequestLog.requests`. */
  requests(): LoggedRequest[];
  clearRequests(): void;
}

export function connectRegistry(address: RegistryAddress): Registry {
  const log = new RequestLog(address.logFile);
  return {
    ...address,
    base: `http://${address.host}`,
    requests: () => log.requests(),
    clearRequests: () => log.clear(),
  };
}

/** @returns the addresses, and `pushTo`: an open registry over the same storage whose requests are not logged. */
export async function startRegistries(
  folder: string,
): Promise<{ addresses: RegistryAddresses; pushTo: string; stop(): Promise<void> }> {
  const signer = await makeSigner(folder);
  const tokenLog = join(folder, 'token-server.log');
  const tokens = await startTokenServer({ signer, logFile: tokenLog });
  const auth = tokenAuth(tokens.realm, signer);
  const [open, guarded, closed, locked] = await Promise.all([
    startBackend(folder, 'open', { headers: CORS_HEADERS }),
    startBackend(folder, 'guarded', { headers: CORS_HEADERS, auth }),
    startBackend(folder, 'closed', {}),
    startBackend(folder, 'htpasswd', { auth: htpasswdAuth(folder) }),
  ]);
  const front = (kind: RegistryKind | 'storage', backend: string): Front => ({
    backend,
    logFile: join(folder, `${kind}.log`),
  });
  const fronts = [
    front('plain', open.host),
    front('token', guarded.host),
    { ...front('nginx', guarded.host), answersPreflight: true },
    front('closed', closed.host),
    { ...front('htpasswd', locked.host), answersPreflight: true },
    { ...front('redirect', guarded.host), answersPreflight: true, redirectsBlobsTo: 6 },
    { ...front('storage', open.host), isStorage: true },
  ];
  const nginx = await startNginx(folder, fronts);
  const [plain, token, behindNginx, withoutCors, htpasswd, redirect, storage] = fronts.map(
    ({ backend, logFile }, index) => ({ host: `127.0.0.1:${nginx.ports[index]}`, logFile, backend }),
  );
  if (!plain || !token || !behindNginx || !withoutCors || !htpasswd || !redirect || !storage) {
    throw new Error('nginx has too few servers');
  }
  return {
    addresses: {
      plain,
      token,
      nginx: behindNginx,
      closed: withoutCors,
      htpasswd,
      redirect,
      storage,
      tokenServer: { realm: tokens.realm, logFile: tokenLog },
    },
    pushTo: closed.host,
    stop: async () => {
      await Promise.all([nginx, tokens, open, guarded, closed, locked].map((part) => part.stop()));
    },
  };
}

interface BackendOptions {
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly auth?: object;
}

export async function startBackend(
  folder: string,
  name: string,
  { headers = {}, auth }: BackendOptions,
): Promise<Daemon & { host: string }> {
  const configFile = join(folder, `${name}.yml`);
  const configuration = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'storage') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', relativeurls: true, headers },
    compatibility: { schema1: { enabled: true } },
    // Without a word about it, no manifest may have layers that are elsewhere.
    validation: { manifests: { urls: { allow: ['^http://127\\.0\\.0\\.1:'] } } },
    ...(auth === undefined ? {} : { auth }),
  };
  // JSON is YAML, so no writer for YAML is needed.
  writeFileSync(configFile, JSON.stringify(configuration, undefined, 2));
  const listening = /listening on (127\.0\.0\.1:\d+)/;
  const daemon = await startDaemon('docker-registry', ['serve', configFile], {
    ready: (output) => listening.test(output),
    // Without this it warns that a random secret was made, which only matters to uploads across instances.
    env: { REGISTRY_HTTP_SECRET: 'lab', OTEL_TRACES_EXPORTER: 'none' },
  });
  return { ...daemon, host: listening.exec(daemon.output())?.[1] ?? '' };
}

/** The lab's account. `python3 -c "import crypt; print(crypt.crypt('open sesame', crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=32)))"` */
const HTPASSWD = `${LAB_ACCOUNT.username}:$2b$05$jJ8J00YckCrPqFvlTUD6GOitiFxbfFITEdHzRAKBpDpSFPXV1z4We\n`;

function htpasswdAuth(folder: string): object {
  const path = join(folder, 'htpasswd');
  writeFileSync(path, HTPASSWD);
  return { htpasswd: { realm: 'lab', path } };
}

function tokenAuth(realm: string, { certificateFile }: Signer): object {
  return { token: { realm, service: LAB_SERVICE, issuer: LAB_ISSUER, rootcertbundle: certificateFile } };
}
