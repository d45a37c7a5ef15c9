/**
 * The accounts of this page. In memory, unless their owner asks to keep them; most pages have none, so all that is done
 * with them is loaded when there is one (credential-book.ts).
 */
import { type ReadonlySignal, signal } from '@preact/signals-core';
import { anyCredentials } from '../store/any-credentials.ts';
import type { CredentialBook } from './credential-book.ts';
import type { GrantAt } from './transport.ts';

export interface CredentialView {
  /** A registry, or a part of it: "docker.io", "gcr.io/team", "*.azurecr.io". */
  readonly registry: string;
  readonly user: string | undefined;
  readonly kind: 'password' | 'identity-token' | 'registry-token';
  /** Also after this page is closed, encrypted. */
  readonly kept: boolean;
  /** Whether a relay may see it. */
  readonly viaRelay: boolean;
}

export interface ImportReport {
  /** Registries. */
  readonly added: readonly string[];
  readonly unusable: readonly { readonly registry: string; readonly why: string }[];
}

export interface Credentials {
  readonly list: ReadonlySignal<readonly CredentialView[]>;
  /**
   * Replaces what is there for the registry. A user named `<token>` says that the password is an identity token.
   * @throws PulltabError `credentials-invalid`; `storage-refused` when they cannot be kept (they hold for this page then)
   */
  signIn(
    registry: string,
    account: { username: string; password: string },
    options: { keep: boolean; viaRelay: boolean },
  ): Promise<void>;
  remove(registry: string): Promise<void>;
  setViaRelay(registry: string, allowed: boolean): Promise<void>;
  /** A person has confirmed that this registry's credentials may go to a token service at another host. */
  trustRealm(registry: string, realmHost: string): Promise<void>;
  /** Docker `config.json`, Kubernetes Secret (YAML or JSON). @throws PulltabError `credentials-invalid` */
  importText(text: string, options: { keep: boolean; viaRelay: boolean }): Promise<ImportReport>;
  exportText(format: 'docker' | 'kubernetes', registries: readonly string[]): Promise<string>;
  /** Forgets all, and the key that the kept ones were encrypted with. */
  wipe(): Promise<void>;
}

export interface OwnCredentials extends Credentials {
  /** The accounts for a repository, by where requests for it go. */
  grantsFor(repository: string): Promise<GrantAt>;
}

/** @param onError told when kept accounts cannot be read; the page goes on without them */
export function createCredentials(onError: (error: unknown) => void): OwnCredentials {
  const list = signal<readonly CredentialView[]>([]);
  let book: Promise<CredentialBook> | undefined;

  function open(): Promise<CredentialBook> {
    book ??= import('./credential-book.ts').then(({ createCredentialBook }) =>
      createCredentialBook((views) => {
        list.value = views;
      }, onError),
    );
    return book;
  }

  // Where nothing can be stored nothing is kept, and the page says that elsewhere.
  const restored = anyCredentials().then(
    (any) => (any ? open() : undefined),
    () => undefined,
  );

  return {
    list,
    async grantsFor(repository) {
      await restored;
      return book === undefined ? () => undefined : (await book).grantsFor(repository);
    },
    signIn: async (...asked) => (await open()).signIn(...asked),
    remove: async (...asked) => (await open()).remove(...asked),
    setViaRelay: async (...asked) => (await open()).setViaRelay(...asked),
    trustRealm: async (...asked) => (await open()).trustRealm(...asked),
    importText: async (...asked) => (await open()).importText(...asked),
    exportText: async (...asked) => (await open()).exportText(...asked),
    wipe: async () => (await open()).wipe(),
  };
}
