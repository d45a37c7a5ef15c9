/** The accounts that `credentials.ts` stands for: filed by registry, changed, and given out. */
import { bestKey, credentialKey } from '../core/credentials/key.ts';
import { PulltabError } from '../core/errors.ts';
import type { Account, Grant } from '../core/registry/account.ts';
import type { CredentialView, OwnCredentials } from './credentials.ts';

export type CredentialBook = Omit<OwnCredentials, 'list'>;

interface Entry extends Grant {
  readonly kept: boolean;
}

/** The user name that says that the password is an identity token, as Docker's credential helpers have it. */
const TOKEN_USER = '<token>';

/** @param onChange called with all accounts whenever they change */
export async function createCredentialBook(
  onChange: (views: readonly CredentialView[]) => void,
): Promise<CredentialBook> {
  const entries = new Map<string, Entry>();

  function publish(): void {
    const views = [...entries].map(([registry, { account, kept, viaRelay }]): CredentialView => {
      const user = account.kind === 'registry-token' ? undefined : account.username;
      return { registry, user, kind: account.kind, kept, viaRelay };
    });
    onChange(views.sort((a, b) => (a.registry < b.registry ? -1 : 1)));
  }

  async function change(registry: string, changed: (entry: Entry) => Entry): Promise<void> {
    const key = credentialKey(registry) ?? registry;
    const entry = entries.get(key);
    if (entry === undefined) return;
    await put(key, changed(entry));
  }

  async function put(key: string, entry: Entry): Promise<void> {
    entries.set(key, entry);
    publish();
  }

  return {
    async grantsFor(repository) {
      return ({ registry, repositoryPrefix = '' }) => {
        const key = bestKey(entries.keys(), registry, `${repositoryPrefix}${repository}`);
        return key === undefined ? undefined : entries.get(key);
      };
    },
    async signIn(registry, { username, password }, { keep, viaRelay }) {
      const attempted = `sign in to ${registry}`;
      const key = credentialKey(registry);
      if (key === undefined) throw invalid(attempted, 'that is not the name of a registry');
      const account = readAccount({ username, password }, attempted);
      // What was confirmed of two hosts holds for the next account as well.
      await put(key, { account, viaRelay, kept: keep, realmHosts: entries.get(key)?.realmHosts ?? [] });
    },
    async remove(registry) {
      entries.delete(credentialKey(registry) ?? registry);
      publish();
    },
    setViaRelay: (registry, viaRelay) => change(registry, (entry) => ({ ...entry, viaRelay })),
    trustRealm: (registry, host) =>
      change(registry, (entry) => ({ ...entry, realmHosts: [...new Set([...entry.realmHosts, host])] })),
    async importText() {
      throw invalid('read the credentials', 'this is not written yet');
    },
    async exportText() {
      throw invalid('write the credentials', 'this is not written yet');
    },
    async wipe() {
      entries.clear();
      publish();
    },
  };
}

function readAccount({ username, password }: { username: string; password: string }, attempted: string): Account {
  const user = username.trim();
  if (user === '') throw invalid(attempted, 'the user name is empty');
  if (user.includes(':') && user !== TOKEN_USER) throw invalid(attempted, 'a user name cannot hold a colon');
  if (password === '') throw invalid(attempted, 'the password is empty');
  if (user === TOKEN_USER) return { kind: 'identity-token', username: undefined, token: password };
  return { kind: 'password', username: user, password };
}

function invalid(attempted: string, seen: string): PulltabError {
  return new PulltabError('credentials-invalid', { attempted, seen });
}
