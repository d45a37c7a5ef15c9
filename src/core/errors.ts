/**
 * The one error that crosses every boundary of Pulltab.
 *
 * An error says what was attempted, what was seen, and (through its code) what the person can do next. Code branches
 * on `code`, never on text. Aborts stay `DOMException` "AbortError": they are never wrapped and never shown.
 */

/** One sentence per code: what the person can do. A code without a hint does not compile. */
export const HINTS = {
  'reference-invalid':
    'A reference looks like nginx, ghcr.io/org/app:1.2, app@sha256:… or localhost:5000/app. Names are lower case.',
  'route-invalid': 'Open the home page and type the image there: the address of this page could not be read.',
  'settings-invalid':
    'Whoever hosts this page has to correct config.json beside it; Pulltab goes on with its defaults.',
  'network-or-cors':
    'The browser does not say which of these it was: no network, a wrong host name, a certificate it refuses, or a registry that does not allow pages to read it. Check the name, or use a relay.',
  'relay-missing':
    'This registry does not answer web pages, so a relay is needed: start Pulltab with npm start, or ask whoever hosts this page to add one.',
  'relay-refused': 'The relay serves only the hosts its operator allows. Ask the operator to add this one.',
  'auth-required':
    'The registry asks for an account. Check the name first: many registries answer like this when an image does not exist.',
  'auth-denied': 'The image may be private or may not exist. Check the name, and that your account may read it.',
  'not-found': 'Check the spelling of the repository and the tag.',
  'rate-limited': 'The registry counts pulls per address. Wait for a while, or sign in to get a larger allowance.',
  'registry-failed':
    'This is the registry’s fault. Try again in a moment; if it stays, tell whoever runs the registry.',
  'manifest-too-large': 'Manifests over 4 MiB are refused: no real image needs one. Tell whoever runs the registry.',
  'manifest-invalid': 'What the registry sent is not an image manifest. Check that the address belongs to a registry.',
  'manifest-unsupported': 'It can be looked at, but no loader takes an archive of it.',
  'platform-invalid': 'A platform looks like linux/amd64, linux/arm64 or linux/arm/v7.',
  'platform-missing': 'Choose one of the platforms that this image has.',
  'digest-mismatch':
    'Nothing of it was kept. Try again; if it happens again, something between you and the registry changes the bytes.',
  'size-mismatch':
    'Nothing of it was kept. Try again; if it happens again, the connection is being cut or the registry is damaged.',
  'storage-refused':
    'The browser does not let this page store data (a private window, or a setting). Downloads still work, but nothing is kept for the next one.',
  'storage-full': 'The browser’s storage is full. Clear the layer cache or free disk space.',
  'download-unavailable':
    'Saving needs a service worker: open Pulltab over https or on localhost, in a window that is not private.',
  'download-interrupted': 'The file on disk is not whole and no tool will load it. Delete it and download again.',
  internal: 'This is a defect of Pulltab. Reload the page; if it happens again, please report it with this text.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof HINTS;

export interface PulltabErrorOptions {
  /** What was being done, as a clause that "could not" can precede: "read the manifest of ghcr.io/a/b:1". */
  readonly attempted: string;
  /** What was seen instead: "the registry answered 403". Never a secret, never a query string. */
  readonly seen: string;
  /** HTTP status, where there was one. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** What `PulltabError` is while it crosses a realm: structured clone drops a subclass and its fields. */
export interface WireError {
  readonly code: ErrorCode;
  readonly attempted: string;
  readonly seen: string;
  readonly status?: number;
}

export class PulltabError extends Error {
  override readonly name = 'PulltabError';
  readonly attempted: string;
  readonly seen: string;
  readonly status: number | undefined;

  constructor(
    readonly code: ErrorCode,
    options: PulltabErrorOptions,
  ) {
    super(`Could not ${options.attempted}: ${options.seen}`, { cause: options.cause });
    this.attempted = options.attempted;
    this.seen = options.seen;
    this.status = options.status;
  }

  get hint(): string {
    return HINTS[this.code];
  }
}

/** The plain object to post instead of an error. Anything that is not a `PulltabError` becomes `internal`. */
export function toWire(error: unknown): WireError {
  const known = asPulltabError(error, 'finish what was asked');
  const { code, attempted, seen, status } = known;
  return status === undefined ? { code, attempted, seen } : { code, attempted, seen, status };
}

export function fromWire(wire: WireError): PulltabError {
  return new PulltabError(wire.code, wire);
}

/** The error itself when it is typed already; otherwise `internal`, with the text that was seen. */
export function asPulltabError(error: unknown, attempted: string): PulltabError {
  if (error instanceof PulltabError) return error;
  const seen = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new PulltabError('internal', { attempted, seen, cause: error });
}

/** Whether this is the sign of a cancelled operation, which is never reported as a failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
