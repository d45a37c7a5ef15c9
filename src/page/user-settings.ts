/**
 * The person's own settings over the deployer's (settings.ts): which relay, and which way and mirror for a registry.
 * Kept in this browser where it lets the page; otherwise they hold until the page is closed, and `notKept` says so.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import * as v from 'valibot';
import { asPulltabError, type PulltabError } from '../core/errors.ts';
import { findUserSettings, keepUserSettings } from '../store/user-settings.ts';
import { readSettings, type Settings } from './settings.ts';

const RegistrySettings = v.object({
  transport: v.optional(v.picklist(['auto', 'direct', 'relay'])),
  /** Null: none, even where the deployer has one. */
  mirror: v.optional(v.nullable(v.string())),
});

const OwnSettings = v.object({
  /** Absent: the deployer's. Null: none, even where the deployer has one. */
  relay: v.optional(v.nullable(v.string())),
  registries: v.record(v.string(), RegistrySettings),
  /** Blobs of one download at once, at most. */
  parallel: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8))),
  /** What the layer cache may take; absent for what the browser gives. */
  cacheBytes: v.optional(v.pipe(v.number(), v.minValue(0))),
  /** Of all downloads of a page together; absent for as fast as it goes. */
  bytesPerSecond: v.optional(v.pipe(v.number(), v.minValue(1))),
});

export const DEFAULT_PARALLEL = 3;

export type OwnSettings = v.InferOutput<typeof OwnSettings>;
export type RegistrySettings = v.InferOutput<typeof RegistrySettings>;
export type TransportChoice = NonNullable<RegistrySettings['transport']>;

export interface UserSettings {
  /** What holds where the person has set nothing. */
  readonly deployer: Settings;
  /** `settings-invalid` where the deployer's could not be read, and the defaults stand in for them. */
  readonly deployerError: PulltabError | undefined;
  readonly own: ReadonlySignal<OwnSettings>;
  /** Both together: what requests follow. */
  readonly merged: ReadonlySignal<Settings>;
  /** Why the settings end with this page: the browser refuses to keep them. */
  readonly notKept: ReadonlySignal<PulltabError | undefined>;
  /** Holds at once; resolves when it is kept or `notKept` says why not. The addresses in it have passed their checks. */
  change(next: OwnSettings): Promise<void>;
}

const NOTHING: OwnSettings = { registries: {} };

/**
 * Never rejects: what cannot be read is said in `deployerError` and `notKept`.
 * @param deployer the request for the deployer's config.json
 */
export async function openUserSettings(deployer: Promise<Response>): Promise<UserSettings> {
  const own = signal(NOTHING);
  const notKept = signal<PulltabError | undefined>(undefined);
  const [{ settings, error: deployerError }] = await Promise.all([readSettings(deployer), restore()]);

  async function restore(): Promise<void> {
    try {
      const parsed = v.safeParse(OwnSettings, (await findUserSettings()) ?? NOTHING);
      // What another version kept and this one cannot read is as good as not set.
      if (parsed.success) own.value = parsed.output;
    } catch (error) {
      notKept.value = asPulltabError(error, 'read your settings');
    }
  }

  return {
    deployer: settings,
    deployerError,
    own,
    merged: computed(() => mergeSettings(settings, own.value)),
    notKept,
    async change(next) {
      own.value = next;
      try {
        await keepUserSettings(next);
        notKept.value = undefined;
      } catch (error) {
        notKept.value = asPulltabError(error, 'keep your settings');
      }
    },
  };
}

/** The person's word counts, field by field. */
export function mergeSettings(deployer: Settings, own: OwnSettings): Settings {
  const registries = { ...deployer.registries };
  for (const [registry, { mirror, ...set }] of Object.entries(own.registries)) {
    const { mirror: deployers, ...base } = registries[registry] ?? {};
    const merged = mirror === undefined ? deployers : mirror;
    registries[registry] = { ...base, ...set, ...(merged === undefined || merged === null ? {} : { mirror: merged }) };
  }
  return { ...deployer, relay: own.relay === undefined ? deployer.relay : own.relay, registries };
}
