/** A failed step → its cause, from the error of the registry client and from what was recorded on the way to it. */
import { isAbort, PulltabError } from '../../core/errors.ts';
import { baseMediaType } from '../../core/media-types.ts';
import { bearerChallenge, parseChallenges } from '../../core/registry/challenge.ts';
import { quote, RELAY_ERROR_HEADER } from '../../core/registry/response.ts';
import { resolveRealm } from '../../core/registry/token.ts';
import type { Cause } from './causes.ts';
import { type Found, type Inquiry, kindOf, lastOf, registryHost } from './inquiry.ts';
import { hostOf, type Recorded } from './recorder.ts';
import { whyUnreadable } from './unreadable.ts';

/** A step that ended with a finding instead of an answer. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';

  constructor(readonly found: Found) {
    super(`the step failed: ${found.cause}`);
  }
}

/** @throws the abort of the diagnosis. */
export async function foundOf(error: unknown, inquiry: Inquiry): Promise<Found> {
  if (isAbort(error) || inquiry.signal.aborted) throw error;
  if (error instanceof StepFailure) return error.found;
  const last = lastOf(inquiry.recorder);
  const { endpoint } = inquiry;
  const path = last === undefined || kindOf(last, endpoint) !== 'token' ? undefined : realmAsPath(inquiry);
  if (path !== undefined) return path;
  const host = last === undefined || endpoint.via === 'relay' ? registryHost(endpoint) : hostOf(last.url);
  const found = (cause: Cause, mayBe: readonly Cause[] = [], more: readonly string[] = []): Found => {
    return { cause, host, mayBe, evidence: [evidenceOf(error), ...more] };
  };
  if (!(error instanceof PulltabError)) return found('internal');
  switch (error.code) {
    case 'network-or-cors':
      if (last?.failed === true) return whyUnreadable(last, inquiry);
      return found(
        'mislabelled-encoding',
        ['damaged'],
        ['The headers came, and the body could not be read to its end.'],
      );
    case 'auth-required':
    case 'auth-denied':
      if (isChallengeHidden(last, inquiry)) return found('hidden-challenge', ['sign-in', 'not-found']);
      return found(whyRefused(last, inquiry));
    case 'credentials-refused':
      return found('wrong-credentials');
    case 'realm-not-trusted':
    case 'relay-not-trusted':
      return found('not-trusted');
    case 'not-found':
      return found('not-found');
    case 'rate-limited':
      return found('rate-limit', [], retryAfter(last));
    case 'relay-refused':
      return found('relay-refused');
    case 'registry-failed':
      return realmFault(inquiry) ?? whyFailed(error, last, found);
    case 'manifest-invalid':
    case 'manifest-too-large':
      return found('wrong-media-type', [], contentType(last));
    case 'digest-mismatch':
    case 'size-mismatch':
      return found('damaged', ['mislabelled-encoding'], encoding(last));
    default:
      return found('internal');
  }
}

function evidenceOf(error: unknown): string {
  if (error instanceof PulltabError) return `${error.seen.slice(0, 1).toUpperCase()}${error.seen.slice(1)}.`;
  return error instanceof Error ? quote(`${error.name}: ${error.message}`) : 'Something that is no error was thrown.';
}

/** The client has looked for a token server where there may be one, and found none. */
function isChallengeHidden(last: Recorded | undefined, { recorder, endpoint }: Inquiry): boolean {
  if (last === undefined || endpoint.via !== 'direct' || kindOf(last, endpoint) !== 'token') return false;
  const refused = recorder.all.filter(({ response }) => response?.status === 401);
  return refused.length > 0 && refused.every(({ response }) => response?.headers.get('WWW-Authenticate') === null);
}

/** 401 and 403: was there an account, and did whoever gives tokens accept it? */
function whyRefused(last: Recorded | undefined, { recorder, endpoint }: Inquiry): Cause {
  const status = last?.response?.status;
  const withAccount = recorder.all.some((recorded) => hasAccount(recorded, kindOf(recorded, endpoint)));
  if (last === undefined || !withAccount) {
    // A token that was given to anybody did not help: the registry hides what is private as if it were not there.
    return last?.authorized === true || status === 403 ? 'not-found' : 'sign-in';
  }
  if (status === 403) return 'no-rights';
  const tokenTaken = kindOf(last, endpoint) !== 'token' && /^bearer /i.test(authorizationOf(last));
  return tokenTaken ? 'no-rights' : 'wrong-credentials';
}

/** The probe that only tests preflights carries a Bearer that is none: it goes to the registry's own address. */
function hasAccount(recorded: Recorded, kind: ReturnType<typeof kindOf>): boolean {
  if (/^basic /i.test(authorizationOf(recorded))) return true;
  return kind === 'token' && (recorded.init.method ?? 'GET') === 'POST';
}

function authorizationOf({ init }: Recorded): string {
  return new Headers(init.headers).get('Authorization') ?? '';
}

function retryAfter(last: Recorded | undefined): string[] {
  const wait = last?.response?.headers.get('Retry-After');
  return wait ? [`It asks to wait (Retry-After: ${quote(wait)}).`] : [];
}

function contentType(last: Recorded | undefined): string[] {
  const type = last?.response?.headers.get('Content-Type') ?? undefined;
  if (type === undefined) return ['The answer names no Content-Type.'];
  return [`Its Content-Type is ${quote(baseMediaType(type))}.`];
}

/** `Content-Encoding` shows only where the registry exposes it. */
function encoding(last: Recorded | undefined): string[] {
  const coding = last?.response?.headers.get('Content-Encoding');
  return coding ? [`The answer has Content-Encoding: ${quote(coding)}.`] : [];
}

function whyFailed(
  error: PulltabError,
  last: Recorded | undefined,
  found: (cause: Cause, mayBe?: readonly Cause[], more?: readonly string[]) => Found,
): Found {
  const reason = last?.response?.headers.get(RELAY_ERROR_HEADER);
  if (reason === 'upstream-unreachable' || reason === 'upstream-timeout') {
    return found('relay-cannot-reach', ['name', 'port', 'tls']);
  }
  const html = baseMediaType(last?.response?.headers.get('Content-Type') ?? undefined) === 'text/html';
  return found('registry-failed', html && error.status !== undefined ? ['blocked'] : []);
}

/** The fault of a realm in any challenge so far; undefined where each can be used. */
export function realmFault({ recorder, endpoint }: Inquiry): Found | undefined {
  if (endpoint.via !== 'direct') return undefined;
  for (const { response } of recorder.all) {
    const header = response?.status === 401 ? response.headers.get('WWW-Authenticate') : null;
    const why = header === null || header === undefined ? undefined : whyNoRealm(header, endpoint.base);
    if (why !== undefined) return { cause: 'broken-realm', host: hostOf(endpoint.base), mayBe: [], evidence: [why] };
  }
  return undefined;
}

/** "auth.example/token" is read as a path of the registry, where nothing gives tokens: what it misses is https://. */
function realmAsPath({ recorder, endpoint }: Inquiry): Found | undefined {
  if (endpoint.via !== 'direct') return undefined;
  for (const { response } of recorder.all) {
    const header = response?.status === 401 ? response.headers.get('WWW-Authenticate') : null;
    const realm = header ? bearerChallenge(parseChallenges(header))?.realm : undefined;
    if (realm === undefined || realm.startsWith('/') || URL.canParse(realm)) continue;
    const seen = `The realm “${quote(realm)}” is no full address, was read as a path of the registry, and gave no token.`;
    return { cause: 'broken-realm', host: hostOf(endpoint.base), mayBe: [], evidence: [seen] };
  }
  return undefined;
}

function whyNoRealm(header: string, base: string): string | undefined {
  const challenges = parseChallenges(header);
  const bearer = bearerChallenge(challenges);
  if (bearer === undefined) {
    const nameless = challenges.length > 0 && challenges.every(({ scheme }) => scheme === 'bearer');
    return nameless ? 'The challenge is a Bearer without a realm.' : undefined;
  }
  try {
    resolveRealm(bearer.realm, { base, attempted: 'find the token server' });
    return undefined;
  } catch (error) {
    return evidenceOf(error);
  }
}
