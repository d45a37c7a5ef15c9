/** The list of this session's requests, and the failures that are kept beyond it. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import type { Digest } from '../core/digest.ts';
import { asPulltabError, type ErrorCode, type PulltabError } from '../core/errors.ts';
import type { EndedRequest } from '../core/report/recording-fetch.ts';
import { asksForToken, describeRequest, type RequestRecord, targetHost } from '../core/report/request-record.ts';
import { clearFailures, keepFailure, listFailures } from '../store/failures.ts';
import { hasNewFailure } from './activity.ts';

export interface ActivityLog {
  /** Of this session, in the order in which they ended; the last 2,000. */
  readonly requests: ReadonlySignal<readonly RequestRecord[]>;
  /** Failures that were kept before this session began, oldest first. */
  readonly earlier: ReadonlySignal<readonly RequestRecord[]>;
  /** Why failures are not kept. */
  readonly storageError: ReadonlySignal<PulltabError | undefined>;
  ended(request: EndedRequest, via: RequestRecord['via']): void;
  add(record: RequestRecord): void;
  /**
   * Says with which error the page gave up, about which blob: an answer that looked well was none then, or the registry's
   * question for credentials was a refusal.
   */
  settle(code: ErrorCode, digest?: Digest): void;
  /** Forgets the list and the kept failures. */
  clear(): Promise<void>;
}

export interface FailureStore {
  list(): Promise<RequestRecord[]>;
  keep(record: RequestRecord): Promise<void>;
  clear(): Promise<void>;
}

const LIMIT = 2000;

/** @param mark set when a request fails */
export function createActivityLog(store: FailureStore, mark: Signal<boolean>): ActivityLog {
  const requests = signal<readonly RequestRecord[]>([]);
  const earlier = signal<readonly RequestRecord[]>([]);
  const storageError = signal<PulltabError | undefined>(undefined);

  /** One after the other, so that the list of before is read before this session adds to it. */
  let storing = inTurn('read the failures kept before', async () => {
    earlier.value = await store.list();
  });

  function inTurn(attempted: string, work: () => Promise<void>, after: Promise<void> = Promise.resolve()) {
    return after.then(work).catch((error: unknown) => {
      storageError.value = asPulltabError(error, attempted);
    });
  }

  function keep(record: RequestRecord): void {
    mark.value = true;
    storing = inTurn('keep a failed request', () => store.keep(record), storing);
  }

  function add(record: RequestRecord): void {
    requests.value = [...requests.value.slice(1 - LIMIT), record];
    if (record.failure !== undefined) keep(record);
  }

  return {
    requests,
    earlier,
    storageError,
    ended: (request, via) => add(describeRequest(request, via)),
    add,
    settle(code, digest) {
      const blamed = CONTENT_CODES.includes(code)
        ? lastContent(requests.value, digest)
        : lastUnanswered(requests.value, code);
      if (blamed === undefined) return;
      const failed: RequestRecord = { ...blamed, failure: code };
      requests.value = requests.value.map((record) => (record === blamed ? failed : record));
      keep(failed);
    },
    clear() {
      requests.value = [];
      mark.value = false;
      storing = inTurn(
        'clear the kept failures',
        async () => {
          // In its turn: the reading of what was kept before may still be under way.
          earlier.value = [];
          await store.clear();
        },
        storing,
      );
      return storing;
    },
  };
}

/** Errors that are found in the bytes of an answer, right after its end. */
const CONTENT_CODES: readonly ErrorCode[] = ['digest-mismatch', 'size-mismatch', 'manifest-too-large'];

function lastContent(requests: readonly RequestRecord[], digest: Digest | undefined): RequestRecord | undefined {
  const last = requests.findLast(({ address }) => digest === undefined || address.endsWith(`/${digest}`));
  return last?.status === 200 && last.failure === undefined ? last : undefined;
}

/** The question for credentials that was the last word of a registry. */
function lastUnanswered(requests: readonly RequestRecord[], code: ErrorCode): RequestRecord | undefined {
  if (code !== 'auth-required' && code !== 'auth-denied') return undefined;
  const asked = requests.findLast(asksForToken);
  return asked !== undefined && requests.some((other) => followsUp(other, asked)) ? undefined : asked;
}

/** Whether a request after the one that was asked for credentials got somewhere, or failed on its own. */
function followsUp(other: RequestRecord, asked: RequestRecord): boolean {
  if (other === asked || other.startedAtMs < asked.startedAtMs) return false;
  return targetHost(other) === targetHost(asked) ? other.authorization !== undefined : other.failure !== undefined;
}

export const activityLog = createActivityLog(
  { list: listFailures, keep: keepFailure, clear: clearFailures },
  hasNewFailure,
);
