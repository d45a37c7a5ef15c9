/**
 * Pushes what umoci and skopeo do not make: indexes, attestations and artifacts, as BuildKit and ORAS push them.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests
 */
import { createHash } from 'node:crypto';

/** A descriptor as it stands in a manifest. */
export interface Pushed {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export interface Target {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly repository: string;
}

export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function describe(mediaType: string, bytes: Uint8Array<ArrayBuffer>): Pushed {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** @returns the descriptor of the blob. */
export async function pushBlob(target: Target, mediaType: string, content: string | Buffer): Promise<Pushed> {
  const bytes = new Uint8Array(Buffer.from(content));
  const descriptor = describe(mediaType, bytes);
  const uploads = `http://${target.host}/v2/${target.repository}/blobs/uploads/`;
  const started = await fetch(uploads, { method: 'POST' });
  await expectStatus(started, 202);
  const location = new URL(started.headers.get('location') ?? '', uploads);
  location.searchParams.set('digest', descriptor.digest);
  const headers = { 'Content-Type': 'application/octet-stream' };
  await expectStatus(await fetch(location, { method: 'PUT', body: bytes, headers }), 201);
  return descriptor;
}

/** Pushes a manifest or an index under a tag, or under its own digest when no tag is given. */
export async function pushManifest(
  target: Target,
  manifest: { readonly mediaType: string; readonly [field: string]: unknown },
  tag?: string,
): Promise<Pushed> {
  const bytes = new TextEncoder().encode(JSON.stringify(manifest, undefined, 2));
  const descriptor = describe(manifest.mediaType, bytes);
  const url = `http://${target.host}/v2/${target.repository}/manifests/${tag ?? descriptor.digest}`;
  const answer = await fetch(url, { method: 'PUT', body: bytes, headers: { 'Content-Type': manifest.mediaType } });
  await expectStatus(answer, 201);
  return descriptor;
}

async function expectStatus(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status)
    throw new Error(`${response.url} answered ${response.status}, not ${status}: ${text}`);
}
