/** What a diagnosis is, as the values that `ui/diagnose` draws and the report prints. Plain data, without secrets. */
import type { TransportView } from '../model.ts';
import type { Cause } from './causes.ts';

export type StepId = 'reach' | 'cors' | 'challenge' | 'token' | 'tag' | 'manifest' | 'config' | 'blob';

/** One request and what the page learned of its answer. */
export interface Exchange {
  readonly method: string;
  /** Without the values of a query, but for a token's `service` and `scope`. */
  readonly address: string;
  /** What was peculiar about it: "without CORS", "Authorization: Bearer …". Never a secret. */
  readonly sent: string;
  /** "401", "an answer that the page may not read", "no answer that the page may read". */
  readonly answer: string;
  /** Until the headers came, or the failure. */
  readonly ms: number;
}

/** `skipped`: it was not needed, and `said` tells why; or a step before it failed, and `said` is empty. */
export type StepState = 'waiting' | 'running' | 'passed' | 'failed' | 'skipped';

export interface Step {
  readonly id: StepId;
  readonly title: string;
  readonly state: StepState;
  /** A sentence about how it ended; empty until then. */
  readonly said: string;
  readonly exchanges: readonly Exchange[];
}

/** A test that only the person can do. */
export interface NextTest {
  readonly title: string;
  readonly tells: string;
  /** An address to open in a tab of its own, or a line for a terminal. */
  readonly link?: string;
  readonly line?: string;
}

export interface Finding {
  readonly cause: Cause;
  readonly step: StepId;
  /** Host that the cause is about: the registry's, the token server's, the one that blobs come from. */
  readonly host: string;
  /** What else it may be, as far as a page can tell; empty where the cause is certain. */
  readonly mayBe: readonly Cause[];
  readonly evidence: readonly string[];
}

/** One walk through a pull, by one way. */
export interface Run {
  readonly transport: TransportView;
  readonly state: 'running' | 'done';
  readonly steps: readonly Step[];
  readonly finding: Finding | undefined;
}
