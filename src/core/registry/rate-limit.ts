/**
 * How many pulls a registry still allows, as Docker Hub says it in the headers of manifests:
 * https://docs.docker.com/docker-hub/usage/pulls/ ("ratelimit-limit: 100;w=21600"). Parsing never throws: a header that
 * says nothing usable is no reason to fail.
 */

/** As sent. */
export interface RateLimitHeaders {
  /** `RateLimit-Remaining`: "97;w=21600". */
  readonly remaining: string;
  /** `RateLimit-Limit`: "100;w=21600". */
  readonly limit: string | null;
  /** `Docker-RateLimit-Source`: an address ("203.0.113.7"), or the ID of an account. */
  readonly source: string | null;
}

export interface RateLimit {
  readonly remaining: number;
  readonly limit: number | undefined;
  /** Seconds within which so many pulls are allowed. */
  readonly windowSeconds: number | undefined;
  /** Whom they are counted for: an address, or an account. */
  readonly countedFor: 'address' | 'account' | undefined;
}

const SOURCE_LIMIT = 64;

/** Undefined where the remaining number is none. */
export function parseRateLimit(headers: RateLimitHeaders): RateLimit | undefined {
  const remaining = parseQuota(headers.remaining);
  if (remaining === undefined) return undefined;
  const limit = headers.limit === null ? undefined : parseQuota(headers.limit);
  return {
    remaining: remaining.count,
    limit: limit?.count,
    windowSeconds: limit?.windowSeconds ?? remaining.windowSeconds,
    countedFor: headers.source === null ? undefined : kindOfSource(headers.source),
  };
}

/** "100;w=21600", with any other parameters beside `w`. */
function parseQuota(text: string): { count: number; windowSeconds: number | undefined } | undefined {
  const [count = '', ...parameters] = text.split(';').map((part) => part.trim());
  if (!/^[0-9]{1,9}$/.test(count)) return undefined;
  const window = parameters.find((parameter) => /^w=[0-9]{1,9}$/i.test(parameter));
  return { count: Number(count), windowSeconds: window === undefined ? undefined : Number(window.slice(2)) };
}

/** Addresses have dots or colons, accounts are UUIDs. */
function kindOfSource(source: string): RateLimit['countedFor'] {
  if (source.length > SOURCE_LIMIT) return undefined;
  if (/^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(source) || /^[0-9a-f]*:[0-9a-f:.]*$/i.test(source)) return 'address';
  return /^[0-9a-f-]{16,}$/i.test(source) ? 'account' : undefined;
}
