/**
 * Answers of registries that are not what was asked for: an HTTP status and a capped body become one `PulltabError`.
 * Error bodies: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 * Apart from response.ts: most pages never show one.
 */
import * as v from 'valibot';
import { type ErrorCode, isAbort, PulltabError } from '../errors.ts';
import { parseJson, quote, RELAY_ERROR_HEADER, readCapped } from './response.ts';
import { parseRetryAfter } from './retry.ts';

const ERROR_BODY_LIMIT_BYTES = 64 * 1024;

const ErrorBody = v.object({
  errors: v.pipe(
    v.array(v.object({ code: v.fallback(v.string(), ''), message: v.fallback(v.string(), '') })),
    v.minLength(1),
  ),
});

export interface ResponseErrorOptions {
  /** As in `PulltabError`. */
  readonly attempted: string;
  /** Who answered, as a noun: "the registry", "the token service auth.docker.io". */
  readonly who: string;
  /** Whether the answer came through a relay, whose own refusals are told apart. */
  readonly relayed: boolean;
}

/**
 * The error for a response that is not ok. Reads at most 64 KiB of its body and cancels the rest.
 * @throws only the abort of the request.
 */
export async function responseError(response: Response, options: ResponseErrorOptions): Promise<PulltabError> {
  const { attempted, who } = options;
  const { status } = response;
  const reason = options.relayed ? response.headers.get(RELAY_ERROR_HEADER) : null;
  const body = await errorBody(response);
  const detail = errorDetail(body);
  const quoted = detail === undefined ? '' : ` (${detail})`;
  if (reason !== null) {
    const told = `${quote(reason)}${quoted}`;
    // The relay was willing but got no usable answer: that is no refusal of the relay.
    return reason.startsWith('upstream-')
      ? new PulltabError('registry-failed', { attempted, seen: `the relay got no usable answer: ${told}`, status })
      : new PulltabError('relay-refused', { attempted, seen: `the relay refused: ${told}`, status });
  }
  const retryAfterMs = parseRetryAfter(response.headers.get('Retry-After'), Date.now());
  const asks = retryAfterMs === undefined ? '' : ` and asks to wait ${Math.ceil(retryAfterMs / 1000)} s`;
  return new PulltabError(codeOf(status, body), {
    attempted,
    seen: `${who} answered ${status}${quoted}${asks}`,
    status,
    retryAfterMs,
  });
}

function codeOf(status: number, body: Uint8Array | undefined): ErrorCode {
  if (status === 401) return 'auth-required';
  if (status === 403) return 'auth-denied';
  if (status === 404) return 'not-found';
  if (status === 429) return isRequestLimit(body) ? 'too-many-requests' : 'rate-limited';
  return 'registry-failed';
}

/**
 * Docker Hub's limit on requests of any kind has these words alone; its limit on pulls has more to say, in JSON:
 * https://docs.docker.com/docker-hub/usage/#abuse-rate-limit
 */
function isRequestLimit(body: Uint8Array | undefined): boolean {
  return /^\s*(?:429 )?too many requests\s*$/i.test(new TextDecoder().decode(body));
}

/** Undefined where it is too long or breaks off. @throws only the abort of the request. */
async function errorBody(response: Response): Promise<Uint8Array | undefined> {
  try {
    return await readCapped(response, ERROR_BODY_LIMIT_BYTES);
  } catch (error) {
    // A body that breaks off takes nothing away from the status, which is known already.
    if (isAbort(error)) throw error;
    return undefined;
  }
}

/** "MANIFEST_UNKNOWN: manifest unknown", from a registry's error JSON; undefined for any other body. */
function errorDetail(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const parsed = v.safeParse(ErrorBody, parseJson(bytes));
  const first = parsed.success ? parsed.output.errors[0] : undefined;
  if (first === undefined) return undefined;
  const told = [first.code, first.message].filter((text) => text !== '').join(': ');
  return told === '' ? undefined : quote(told);
}
