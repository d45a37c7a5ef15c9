/** What a registry knows a person by, and where it may go. Held by the page, handed to its workers, never to a server's log. */

export type Account =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token: only a token service takes it. */
  | { readonly kind: 'identity-token'; readonly username: string | undefined; readonly token: string }
  /** A Bearer token that the registry itself takes. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** An account with what its owner allows. Structured-cloneable: a page hands it to its workers. */
export interface Grant {
  readonly account: Account;
  /** Whether a relay may see it. */
  readonly viaRelay: boolean;
  /** Hosts with ports of token services elsewhere that a person has confirmed for this registry. */
  readonly realmHosts: readonly string[];
}
