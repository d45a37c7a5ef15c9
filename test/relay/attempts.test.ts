/**
 * Every attempt of the table, against the server of `npm start` and against the Worker under workerd: refused, and by
 * the registries' own account nothing reached them beyond what the row says.
 *
 * What the relay promises, and where each promise is tried (“…” are names of tests or the first words of rows):
 *
 *  1. routes and methods, no body      grammar.test.ts; rows “path”, “target”, “method”, “request”; bypass “preflight”
 *  2. raw paths, queries, rebuilt URL  grammar.test.ts; rows “path”, “host”
 *  3. hosts, names, addresses, pinning rows “host”, “a public name that means”; bypass “addresses behind names”;
 *                                      passwords “*”; worker “out of the platform’s reach”
 *  4. tokens by the own challenge      token.test.ts; rows “realm”, “token”
 *  5. credentials and passed headers   passwords.test.ts; rows “header”; passing “headers”; worker “only those headers”
 *  6. redirects                        rows “redirect”; bypass “redirects”
 *  7. statuses and headers of answers  passing “headers”, “answers”; rows “answer”; limits “heads of a registry”
 *  8. nothing a browser would render   passing “the type of”; worker “application/octet-stream”; server “files”
 *  9. CORS                             bypass “origins”; server “pages of a named origin”; rows “header Origin”
 * 10. limits and back-pressure         limits.test.ts; load.test.ts; passing “flow”; rows “slow”; worker “counts requests”
 * 11. logs and caches                  passing “a log line”; worker “a log line”; token “kept for ten minutes”
 * 12. loopback, quota                  server “says where it is”; .github/HOSTING.md
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../src/relay/server.ts';
import { ATTEMPTS } from './attempts.ts';
import { attempt, type Grounds, prepareGrounds } from './hostile.ts';
import { buildWorker, startWorker } from './workerd.ts';

const LONGEST_LIMIT_MS = 60_000;
let worker = '';
let app = '';

test('the table holds two hundred attempts for each platform, each of its own name', () => {
  for (const platform of ['node', 'workerd']) {
    expect(ATTEMPTS.filter(({ only }) => only === undefined || only === platform).length).toBeGreaterThanOrEqual(200);
  }
  expect(new Set(ATTEMPTS.map(({ name }) => name)).size).toBe(ATTEMPTS.length);
});

interface Platform {
  readonly port: number;
  stop(): Promise<void>;
}

/** What names resolve to in the row that runs; rows that say nothing look nothing up. */
let resolves: readonly string[] | undefined;

async function node({ named }: Grounds): Promise<Platform> {
  const server = await startServer({
    port: 0,
    host: '127.0.0.1',
    distFolder: app,
    relayHosts: named,
    limits: { burst: ATTEMPTS.length },
    resolve: async (hostname) => {
      if (resolves === undefined) throw new Error(`${hostname} was looked up`);
      return resolves.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
  });
  return { port: Number(new URL(server.url).port), stop: server.close };
}

async function workerd({ named }: Grounds): Promise<Platform> {
  // The runtime lets through what the Worker asks for: only the Worker's own checks stand in the way.
  return startWorker(worker, { app, reaches: 'private', variables: { PULLTAB_RELAY_HOSTS: named.join(',') } });
}

const PLATFORMS = { node, workerd } as const;

interface Stage {
  readonly grounds: Grounds;
  readonly platform: Platform;
  /** What comes of the slow rows, by their number: they wait for their limits while the others run. */
  readonly slow: ReadonlyMap<number, Promise<string>>;
}

const stages = new Map<keyof typeof PLATFORMS, Stage>();

function rowsOn(name: string) {
  return ATTEMPTS.map((row, id) => ({ ...row, id })).filter(({ only }) => only === undefined || only === name);
}

function stageOf(name: keyof typeof PLATFORMS): Stage {
  const stage = stages.get(name);
  if (stage === undefined) throw new Error(`${name} was not started`);
  return stage;
}

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'pulltab-app-'));
  writeFileSync(join(app, 'index.html'), '<!doctype html>');
  worker = await buildWorker();
  for (const name of ['node', 'workerd'] as const) {
    const grounds = await prepareGrounds(ATTEMPTS);
    const platform = await PLATFORMS[name](grounds);
    const slowRows = rowsOn(name).filter(({ slow }) => slow === true);
    const slow = new Map(slowRows.map(({ id, request }) => [id, attempt(platform.port, grounds.fill(request, id))]));
    stages.set(name, { grounds, platform, slow });
  }
});

afterAll(async () => {
  for (const { grounds, platform } of stages.values()) {
    await platform.stop();
    grounds.close();
  }
  rmSync(app, { recursive: true });
});

describe.each(['node', 'workerd'] as const)('on %s', (name) => {
  test('an honest request is served, so that a refusal means something', async () => {
    const { grounds, platform } = stageOf(name);
    const ask = (target: string) => {
      const request = `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
      return attempt(platform.port, grounds.fill(request, ATTEMPTS.length));
    };
    expect(await ask('/relay/r/REGISTRY/v2/ROW/manifests/latest')).toBe('passed');
    expect(grounds.reached(ATTEMPTS.length)).toBe(1);
    expect(await ask('/relay/r/HONEST/token?scope=repository:ROW:pull')).toBe('passed');
    expect(grounds.reached(ATTEMPTS.length)).toBe(2);
  });

  test.each(rowsOn(name).filter(({ slow }) => slow === undefined))('$name', async (row) => {
    const { grounds, platform } = stageOf(name);
    resolves = row.resolves;
    expect(await attempt(platform.port, grounds.fill(row.request, row.id))).toMatch(exactly(row.outcome));
    expect(grounds.reached(row.id)).toBe(row.reaches ?? 0);
    expect(grounds.trespasses()).toBe(0);
  });

  test.each(rowsOn(name).filter(({ slow }) => slow === true))('$name', { timeout: LONGEST_LIMIT_MS }, async (row) => {
    const { grounds, slow } = stageOf(name);
    expect(await slow.get(row.id)).toMatch(exactly(row.outcome));
    expect(grounds.reached(row.id)).toBe(row.reaches ?? 0);
    expect(grounds.trespasses()).toBe(0);
  });
});

function exactly(outcome: string | RegExp): RegExp {
  return typeof outcome === 'string' ? new RegExp(`^${outcome}$`) : outcome;
}
