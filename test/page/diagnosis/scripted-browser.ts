/**
 * What a browser lets a page see of hosts that are made up: CORS, preflights and redirects by the rules of the Fetch
 * standard, so that every cause can be played through without a browser. The real one is in test/e2e/diagnosis.test.ts.
 */
import { createHash } from 'node:crypto';
import { type Asked, fakeFetch, json } from '../../core/registry/fake-fetch.ts';

export interface Host {
  readonly answer: (path: string, asked: Asked) => Response;
  /** Whether pages may read its answers; true when not given. */
  readonly cors?: boolean;
  /** Which preflights pass; all when not given. */
  readonly preflights?: 'all' | 'none' | 'without-authorization';
  /** Where a path leads instead. */
  readonly redirect?: (path: string) => string | undefined;
}

export type Hosts = Readonly<Record<string, Host>>;

/** `fetch` over these hosts, by origin; every other origin gives no answer. */
export function scriptedBrowser(hosts: Hosts): ReturnType<typeof fakeFetch> {
  return fakeFetch((asked) => answer(asked.url, asked, hosts));
}

function answer(url: string, asked: Asked, hosts: Hosts): Response {
  const { origin, pathname, search } = new URL(url);
  const host = hosts[origin];
  if (host === undefined) throw new TypeError('Failed to fetch');
  const path = `${pathname}${search}`;
  const target = host.redirect?.(path);
  if (asked.init.mode === 'no-cors') {
    if (target !== undefined) return answer(target, asked, hosts);
    return typed(new Response(null), 'opaque');
  }
  if (host.cors === false || !passesPreflight(host, asked)) throw new TypeError('Failed to fetch');
  if (target === undefined) return host.answer(path, asked);
  return asked.init.redirect === 'manual' ? typed(new Response(null), 'opaqueredirect') : answer(target, asked, hosts);
}

function passesPreflight({ preflights = 'all' }: Host, { headers }: Asked): boolean {
  const authorized = headers.authorization !== undefined;
  if (!authorized && (headers.accept ?? '').length <= 128) return true;
  return preflights === 'all' || (preflights === 'without-authorization' && !authorized);
}

function typed(response: Response, type: ResponseType): Response {
  return Object.defineProperty(response, 'type', { value: type });
}

export interface SmallImage {
  readonly manifest: string;
  readonly manifestType: string;
  readonly config: string;
  readonly layer: Uint8Array<ArrayBuffer>;
}

const OCI = 'application/vnd.oci.image';

/** One layer that begins as gzip does. */
export function smallImage(): SmallImage {
  const layer = new Uint8Array(1000).fill(7);
  layer.set([0x1f, 0x8b, 8]);
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } });
  const describe = (mediaType: string, bytes: string | Uint8Array) => ({
    mediaType,
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: bytes.length,
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: describe(`${OCI}.config.v1+json`, config),
    layers: [describe(`${OCI}.layer.v1.tar+gzip`, layer)],
  });
  return { manifest, manifestType: `${OCI}.manifest.v1+json`, config, layer };
}

/** A registry of one image, whose parts can be replaced. */
export function registry(
  image: SmallImage,
  replaced: Partial<Record<'ping' | 'manifest' | 'config' | 'layer', () => Response>> = {},
): Host['answer'] {
  const layerDigest = createHash('sha256').update(image.layer).digest('hex');
  return (path) => {
    if (path === '/v2/') return replaced.ping?.() ?? json({});
    if (path.includes('/manifests/')) {
      return replaced.manifest?.() ?? new Response(image.manifest, { headers: { 'Content-Type': image.manifestType } });
    }
    if (path.endsWith(layerDigest)) return replaced.layer?.() ?? new Response(image.layer);
    return replaced.config?.() ?? new Response(image.config);
  };
}
