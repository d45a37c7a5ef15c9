/** The accounts that `credentials.ts` stands for: filed by registry, kept where that is wanted, and given out. */
import * as v from 'valibot';
import { bestKey, credentialKey } from '../core/credentials/key.ts';
import { PulltabError } from '../core/errors.ts';
import type { Account, Grant } from '../core/registry/account.ts';
import { forgetCredential, keepCredential, listCredentials, wipeCredentials } from '../store/credentials.ts';
import type { CredentialView, OwnCredentials } from './credentials.ts';

export type CredentialBook = Omit<OwnCredentials, 'list'>;

interface Entry extends Grant {
  readonly kept: boolean;
}

/** What one window tells the others: "all" means theirs as well. */
const WIPED = 'wiped';

/** The user name that says that the password is an identity token, as Docker's credential helpers have it. */
const TOKEN_USER = '<token>';

const Kept = v.object({
  account: v.variant('kind', [
    v.object({ kind: v.literal('password'), username: v.string(), password: v.string() }),
    v.object({ kind: v.literal('identity-token'), username: v.optional(v.string()), token: v.string() }),
    v.object({ kind: v.literal('registry-token'), token: v.string() }),
  ]),
  viaRelay: v.boolean(),
  realmHosts: v.array(v.string()),
});

/**
 * With what was kept before.
 * @param onChange called with all accounts whenever they change
 * @param onError told when kept accounts cannot be read
 */
export async function createCredentialBook(
  onChange: (views: readonly CredentialView[]) => void,
  onError: (error: unknown) => void,
): Promise<CredentialBook> {
  const entries = new Map<string, Entry>();
  try {
    await restore();
  } catch (error) {
    onError(error);
  }
  publish();

  const windows = new BroadcastChannel('pulltab-accounts');
  windows.addEventListener('message', ({ data }) => {
    if (data === WIPED) forgetAll();
  });

  function forgetAll(): void {
    entries.clear();
    publish();
  }

  async function restore(): Promise<void> {
    const unreadable: string[] = [];
    for (const { registry, value } of await listCredentials()) {
      const kept = v.safeParse(Kept, value);
      if (kept.success) entries.set(registry, { ...readKept(kept.output), kept: true });
      else unreadable.push(registry);
    }
    if (unreadable.length === 0) return;
    const seen = `the browser has lost the key for ${unreadable.join(', ')}; sign in again there`;
    throw new PulltabError('credentials-invalid', { attempted: 'read the accounts that were kept', seen });
  }

  function publish(): void {
    const views = [...entries].map(([registry, { account, kept, viaRelay }]): CredentialView => {
      const user = account.kind === 'registry-token' ? undefined : account.username;
      return { registry, user, kind: account.kind, kept, viaRelay };
    });
    onChange(views.sort((a, b) => (a.registry < b.registry ? -1 : 1)));
  }

  /** In memory it holds at once, and also where it cannot be kept. */
  async function put(key: string, entry: Entry): Promise<void> {
    const before = entries.get(key);
    entries.set(key, { ...entry, kept: false });
    publish();
    const { kept, ...grant } = entry;
    if (kept) {
      await keepCredential(key, grant);
      // Another call may have changed it meanwhile.
      if (entries.get(key)?.account === entry.account) entries.set(key, entry);
      publish();
    } else if (before?.kept === true) await forgetCredential(key);
  }

  async function change(registry: string, changed: (entry: Entry) => Entry): Promise<void> {
    const key = credentialKey(registry) ?? registry;
    const entry = entries.get(key);
    if (entry !== undefined) await put(key, changed(entry));
  }

  function accountsOf(registries: readonly string[]): Map<string, Account> {
    const wanted = registries.map((registry) => credentialKey(registry) ?? registry);
    return new Map(
      [...entries].flatMap(([key, { account }]) => (wanted.includes(key) ? [[key, account] as const] : [])),
    );
  }

  return {
    async grantsFor(repository) {
      return ({ registry, repositoryPrefix = '' }) => {
        const key = bestKey(entries.keys(), registry, `${repositoryPrefix}${repository}`);
        const entry = key === undefined ? undefined : entries.get(key);
        return entry && { account: entry.account, viaRelay: entry.viaRelay, realmHosts: entry.realmHosts };
      };
    },
    async signIn(registry, typed, { keep, viaRelay }) {
      const attempted = `sign in to ${registry}`;
      const key = credentialKey(registry);
      if (key === undefined) throw invalid(attempted, 'that is not the name of a registry');
      const account = readAccount(typed, attempted);
      // What was confirmed of two hosts holds for the next account as well.
      await put(key, { account, viaRelay, kept: keep, realmHosts: entries.get(key)?.realmHosts ?? [] });
    },
    async remove(registry) {
      const key = credentialKey(registry) ?? registry;
      const entry = entries.get(key);
      entries.delete(key);
      publish();
      if (entry?.kept === true) await forgetCredential(key);
    },
    setViaRelay: (registry, viaRelay) => change(registry, (entry) => ({ ...entry, viaRelay })),
    trustRealm: (registry, host) =>
      change(registry, (entry) => ({ ...entry, realmHosts: [...new Set([...entry.realmHosts, host])] })),
    async importText(text, { keep, viaRelay }) {
      const { readCredentials } = await import('../core/credentials/read-credentials.ts');
      const { accounts, unusable } = await readCredentials(text);
      for (const [key, account] of accounts) await put(key, { account, viaRelay, kept: keep, realmHosts: [] });
      return { added: [...accounts.keys()], unusable };
    },
    async exportText(format, registries) {
      const { writeDockerConfig, writeKubernetesSecret } = await import('../core/credentials/write-credentials.ts');
      const accounts = accountsOf(registries);
      return format === 'docker' ? writeDockerConfig(accounts) : writeKubernetesSecret(accounts);
    },
    async wipe() {
      forgetAll();
      windows.postMessage(WIPED);
      await wipeCredentials();
    },
  };
}

function readKept({ account, viaRelay, realmHosts }: v.InferOutput<typeof Kept>): Grant {
  if (account.kind !== 'identity-token') return { account, viaRelay, realmHosts };
  const { kind, username, token } = account;
  return { account: { kind, username, token }, viaRelay, realmHosts };
}

function readAccount({ username, password }: { username: string; password: string }, attempted: string): Account {
  const user = username.trim();
  if (user === '') throw invalid(attempted, 'the user name is empty');
  if (user.includes(':')) throw invalid(attempted, 'a user name cannot hold a colon');
  if (password === '') throw invalid(attempted, 'the password is empty');
  if (user === TOKEN_USER) return { kind: 'identity-token', username: undefined, token: password };
  return { kind: 'password', username: user, password };
}

function invalid(attempted: string, seen: string): PulltabError {
  return new PulltabError('credentials-invalid', { attempted, seen });
}
