/** The diagnosis of one reference in this page: which ways there are, which were walked, and what the browser says. */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import { PulltabError } from '../../core/errors.ts';
import type { Reference } from '../../core/reference.ts';
import { createRegistryClient } from '../../core/registry/client.ts';
import { recorded } from '../activity.ts';
import type { TransportView } from '../model.ts';
import type { Settings } from '../settings.ts';
import { type GrantAt, type Way, waysTo } from '../transport.ts';
import type { Surroundings } from './inquiry.ts';
import type { Run } from './model.ts';
import { runDiagnosis } from './run.ts';

export interface Diagnosis {
  /** In the order they were started; one a way. */
  readonly runs: ReadonlySignal<readonly Run[]>;
  /** Ways that were not walked yet. */
  readonly untried: ReadonlySignal<readonly TransportView[]>;
  /** The registry's own address, whatever way leads there. */
  readonly base: string;
  start(way: TransportView): void;
  /** Walks each way again that was walked. */
  again(): void;
  stop(): void;
}

export interface DiagnosisOptions {
  readonly reference: Reference;
  readonly pageBase: string;
  readonly settings: Settings;
  /** The accounts that a pull would use. */
  readonly grantAt: GrantAt;
}

/** The page's longest patience with a request that gets no headers. */
const DEADLINE_MS = 20_000;

/** Begins at once, by the way that a pull takes first. @throws PulltabError `settings-invalid` for a mirror that is none */
export function startDiagnosis(options: DiagnosisOptions): Diagnosis {
  const ways = allWays(options);
  const [first] = ways;
  const runs = signal<readonly Run[]>([]);
  const untried = signal<readonly TransportView[]>(ways.slice(1).map(({ view }) => view));
  let walking = new AbortController();

  async function walk(way: Way): Promise<void> {
    const { view } = way;
    const { signal: stopped } = walking;
    await runDiagnosis({
      reference: options.reference,
      endpoint: way.client.endpoint,
      transport: view,
      createClient: (endpoint, fetch) => createRegistryClient({ endpoint, fetch, grant: way.client.grant }),
      surroundings: surroundings(way, options.pageBase),
      signal: stopped,
      onChange: (run) => {
        const known = runs.value.some(({ transport }) => transport === view);
        runs.value = known ? runs.value.map((old) => (old.transport === view ? run : old)) : [...runs.value, run];
      },
    });
  }

  function start(wanted: TransportView): void {
    const way = ways.find(({ view }) => view === wanted);
    if (way === undefined) return;
    untried.value = untried.value.filter((view) => view !== wanted);
    void walk(way);
  }

  async function walkAll(walked: readonly Way[]): Promise<void> {
    for (const way of walked) await walk(way);
  }

  function again(): void {
    const walked = ways.filter(({ view }) => runs.value.some(({ transport }) => transport === view));
    walking.abort();
    walking = new AbortController();
    runs.value = [];
    void walkAll(walked);
  }

  if (first !== undefined) void walk(first);
  const base = ways.find(({ view }) => view.via === 'direct')?.client.endpoint.base ?? '';
  return { runs, untried, base, start, again, stop: () => walking.abort() };
}

/** First those that a pull takes, then directly where a pull would not even try. */
function allWays({ reference, settings, pageBase, grantAt }: DiagnosisOptions): readonly Way[] {
  const { registry } = reference;
  const own: Settings['registries'][string] = { ...settings.registries[registry], transport: 'direct' };
  const registries = { ...settings.registries, [registry]: own };
  const direct = waysTo(registry, { ...settings, registries }, pageBase, grantAt);
  try {
    const usual = waysTo(registry, settings, pageBase, grantAt);
    return usual.some(({ view }) => view.via === 'direct') ? usual : [...usual, ...direct];
  } catch (error) {
    // Only a relay would do and there is none: asking directly shows why.
    if (error instanceof PulltabError && error.code === 'relay-missing') return direct;
    throw error;
  }
}

function surroundings(way: Way, pageBase: string): Surroundings {
  return {
    fetch: recorded(way.client.endpoint.via),
    now: () => performance.now(),
    pageBase,
    isOnline: () => navigator.onLine,
    localNetwork,
    isBlockedByPolicy,
    deadlineMs: DEADLINE_MS,
  };
}

/** What this page's own policy blocked since its diagnosis was loaded. */
const blockedOrigins = new Set<string>();
addEventListener('securitypolicyviolation', ({ blockedURI }) => {
  if (URL.canParse(blockedURI)) blockedOrigins.add(new URL(blockedURI).origin);
});

/** A request that the policy blocks fails first, and the event that says so comes after. */
async function isBlockedByPolicy(address: string): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return blockedOrigins.has(new URL(address).origin);
}

/** Browsers have had it under three names; one that knows none of them asks for nothing. */
async function localNetwork(): Promise<PermissionState | undefined> {
  const states: PermissionState[] = [];
  for (const name of ['local-network-access', 'local-network', 'loopback-network']) {
    const state = await permissionState(name);
    if (state !== undefined) states.push(state);
  }
  return states.find((state) => state === 'denied') ?? states.find((state) => state === 'prompt') ?? states[0];
}

async function permissionState(name: string): Promise<PermissionState | undefined> {
  try {
    // The types of the DOM know none of these names yet.
    const status: PermissionStatus = await Reflect.apply(navigator.permissions.query, navigator.permissions, [
      { name },
    ]);
    return status.state;
  } catch {
    return undefined;
  }
}
