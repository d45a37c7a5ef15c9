/**
 * A person's account at a registry: what is sent where. The only place that makes a header or a body of a password.
 *
 * Basic: RFC 7617, in UTF-8. Tokens: https://distribution.github.io/distribution/spec/auth/token/ for user and password;
 * https://distribution.github.io/distribution/spec/auth/oauth/ for refresh tokens, with GET where a service knows no POST.
 */
import { toBase64 } from '../credentials/base64.ts';
import { PulltabError } from '../errors.ts';
import type { Account, Grant } from './account.ts';
import { knownTokenService } from './known-registries.ts';
import { isLoopbackHost } from './loopback.ts';
import { type Access, askTokenService, type TokenQuestion, type TokenService } from './token.ts';

export interface AccountAccess {
  /** What the registry itself takes without a token service; undefined where the account is of no use for that. */
  own(scope: string, attempted: string): Access | undefined;
  /** Whether `own` may be sent before the registry has asked for it. */
  readonly unasked: boolean;
  /** @throws PulltabError `realm-not-trusted` where a person has to say first that credentials may go there */
  checkRealm(realm: string, attempted: string): void;
  /** @throws PulltabError `credentials-refused`, and what `askTokenService` throws */
  token(service: TokenService, question: TokenQuestion): Promise<Access>;
  /** The error for a 401 after all that the account can do. */
  refusal(used: Access | undefined, attempted: string): PulltabError;
}

/** Services that know no POST answer like this: Artifactory 401, ACR 400, GCR 404, others 405. */
const NO_POST_STATUSES: readonly number[] = [400, 401, 404, 405];

/** @param at `apiHost`: host of the registry's API, with its port, whatever way leads there; `base`: where requests go */
export function createAccountAccess(grant: Grant, at: { apiHost: string; base: string }): AccountAccess {
  const { apiHost } = at;
  const { account, realmHosts } = grant;
  const direct = directAuthorization(account);

  function checkRealm(realm: string, attempted: string): void {
    const url = new URL(realm);
    if (url.host === apiHost || realmHosts.includes(url.host)) return;
    const known = knownTokenService(apiHost);
    if (known !== undefined && sameAddress(new URL(known.realm), url)) return;
    const seen = `${apiHost} asks to send the account to ${url.host}, which is not known to belong to it`;
    throw new PulltabError('realm-not-trusted', { attempted, seen, host: url.host });
  }

  async function token(service: TokenService, question: TokenQuestion): Promise<Access> {
    const { attempted } = question;
    checkEncrypted(service.realm, attempted);
    if (!service.relayed) checkRealm(service.realm, attempted);
    try {
      if (account.kind === 'identity-token' && !service.relayed) {
        const exchanged = await exchange(service, account.token, question);
        if (exchanged !== undefined) return exchanged;
      }
      return await askTokenService(service, { ...question, authorization: tokenAuthorization(account) });
    } catch (error) {
      if (!(error instanceof PulltabError) || error.code !== 'auth-required') throw error;
      const { seen, status, cause } = error;
      throw new PulltabError('credentials-refused', { attempted, seen, ...(status && { status }), cause });
    }
  }

  function refusal(used: Access | undefined, attempted: string): PulltabError {
    if (direct !== undefined && used?.authorization === direct) {
      return new PulltabError('credentials-refused', {
        attempted,
        seen: `${apiHost} refused the account`,
        status: 401,
      });
    }
    const seen = `${apiHost} gave the account no right to it, or it does not exist`;
    return new PulltabError('auth-denied', { attempted, seen, status: 401 });
  }

  function own(scope: string, attempted: string): Access | undefined {
    if (direct === undefined) return undefined;
    checkEncrypted(at.base, attempted);
    return { scope, authorization: direct, expiresAtMs: Number.MAX_SAFE_INTEGER };
  }

  return {
    own,
    unasked: account.kind === 'registry-token',
    checkRealm,
    token,
    refusal,
  };
}

/**
 * Whether a password may go to the address: encrypted, or within this machine.
 * @throws PulltabError `auth-required` otherwise
 */
function checkEncrypted(address: string, attempted: string): void {
  const { protocol, hostname, host } = new URL(address);
  if (protocol === 'https:' || isLoopbackHost(hostname)) return;
  const seen = `${host} is spoken to without encryption, so that no account is sent there`;
  throw new PulltabError('auth-required', { attempted, seen });
}

async function exchange(
  service: TokenService,
  refreshToken: string,
  question: TokenQuestion,
): Promise<Access | undefined> {
  try {
    return await askTokenService(service, { ...question, refreshToken });
  } catch (error) {
    if (error instanceof PulltabError && NO_POST_STATUSES.includes(error.status ?? 0)) return undefined;
    throw error;
  }
}

/** A realm of the table may be asked with another query; host and path say which service it is. */
function sameAddress(one: URL, other: URL): boolean {
  return one.origin === other.origin && one.pathname === other.pathname;
}

function directAuthorization(account: Account): string | undefined {
  if (account.kind === 'password') return basic(account.username, account.password);
  return account.kind === 'registry-token' ? `Bearer ${account.token}` : undefined;
}

function tokenAuthorization(account: Account): string {
  if (account.kind === 'password') return basic(account.username, account.password);
  return basic((account.kind === 'identity-token' ? account.username : undefined) ?? '<token>', account.token);
}

function basic(username: string, password: string): string {
  return `Basic ${toBase64(`${username}:${password}`)}`;
}
