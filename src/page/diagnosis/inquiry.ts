/** What the parts of a diagnosis share: the registry in question, the surroundings of the page, and one way to ask. */
import { isAbort } from '../../core/errors.ts';
import type { Endpoint } from '../../core/registry/client.ts';
import { discard } from '../../core/registry/response.ts';
import type { Finding } from './model.ts';
import type { Recorded, Recorder } from './recorder.ts';

/** What the browser says of itself and of this page. Passed in, so that every cause can be played through. */
export interface Surroundings {
  readonly fetch: typeof fetch;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
  /** Address of the page's folder. */
  readonly pageBase: string;
  /** `navigator.onLine`: false is certain, true says little. */
  readonly isOnline: () => boolean;
  /** The permission to reach the local network; undefined where this browser has no such permission. */
  readonly localNetwork: () => Promise<PermissionState | undefined>;
  /** Whether this page's own content security policy blocked a request to the origin of this address. */
  readonly isBlockedByPolicy: (address: string) => Promise<boolean>;
  /** How long to wait for the headers of an answer. */
  readonly deadlineMs: number;
}

export type Found = Omit<Finding, 'step'>;

export interface Inquiry {
  /** With a base that does not end in "/". */
  readonly endpoint: Endpoint;
  readonly surroundings: Surroundings;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/** Headers, mode and redirects of one probe; the rest is the same for all of them. */
type Probe = Pick<RequestInit, 'headers' | 'mode' | 'redirect'>;

/**
 * The answer to a GET without credentials, or undefined where the page may not read one.
 * @throws only the abort of the diagnosis.
 */
export async function ask(address: string, probe: Probe, { recorder, signal }: Inquiry): Promise<Response | undefined> {
  try {
    return await recorder.fetch(address, {
      mode: 'cors',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      ...probe,
      signal,
    });
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error;
    return undefined;
  }
}

/** Whether the page may read the answer; the answer itself does not matter. */
export async function isReadable(address: string, probe: Probe, inquiry: Inquiry): Promise<boolean> {
  const response = await ask(address, probe, inquiry);
  if (response !== undefined) await discard(response);
  return response !== undefined;
}

/** Whether anything at all answers there. Browsers let any page ask that, and tell it nothing of the answer. */
export async function isReachable(address: string, inquiry: Inquiry): Promise<boolean> {
  return isReadable(address, { mode: 'no-cors' }, inquiry);
}

/** Where every registry answers something: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints */
export function pingAddress({ base }: Endpoint): string {
  return `${base}/v2/`;
}

/** The registry's host, also where a relay asks it. */
export function registryHost({ base, via }: Endpoint): string {
  const { host, pathname } = new URL(base);
  return via === 'relay' ? (pathname.split('/').at(-1) ?? host) : host;
}

/** What a request was for, told by its address. */
export function kindOf({ url }: Recorded, { base }: Endpoint): 'ping' | 'manifest' | 'blob' | 'token' {
  const path = url.startsWith(`${base}/v2/`) ? url.slice(`${base}/v2/`.length) : undefined;
  if (path === '') return 'ping';
  if (path?.includes('/manifests/')) return 'manifest';
  return path?.includes('/blobs/') ? 'blob' : 'token';
}

export function lastOf(recorder: Recorder): Recorded | undefined {
  return recorder.all.at(-1);
}
