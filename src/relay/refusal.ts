/** What the relay answers by itself: a reason that code can read, in a header, and words for people, in the body. */
import { PulltabError } from '../core/errors.ts';

/** Each reason and its HTTP status. `upstream-…`: the relay was willing, but the registry gave no usable answer. */
const STATUS = {
  'route-unknown': 404,
  'path-invalid': 400,
  'query-invalid': 400,
  'body-not-allowed': 400,
  'header-invalid': 400,
  'method-not-allowed': 405,
  'origin-not-allowed': 403,
  'host-not-allowed': 403,
  'credentials-not-allowed': 403,
  busy: 429,
  'rate-limited': 429,
  'quota-used': 429,
  'address-not-allowed': 502,
  'redirect-not-allowed': 502,
  'realm-not-allowed': 502,
  'no-token-service': 401,
  'reader-timeout': 408,
  'manifest-too-large': 502,
  'upstream-unreachable': 502,
  'upstream-timeout': 504,
  'upstream-redirects': 502,
  'upstream-answer': 502,
} as const satisfies Record<string, number>;

export type RefusalReason = keyof typeof STATUS;

/** A request that the relay does not serve. `seen` is for people and never holds a secret or a query string. */
export class Refusal extends PulltabError {
  override readonly status: number;

  constructor(
    readonly reason: RefusalReason,
    seen: string,
    cause?: unknown,
  ) {
    super('relay-refused', { attempted: 'relay the request', seen, status: STATUS[reason], cause });
    this.status = STATUS[reason];
  }
}
