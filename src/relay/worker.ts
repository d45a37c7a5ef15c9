/**
 * The app and the relay as one Worker of Cloudflare, or of workerd. No part of Node is used here.
 *
 * Names are looked up by the platform, out of our sight: what stands for the pinned addresses of `node-fetch.ts` is that
 * Cloudflare's network reaches public addresses alone, and workerd's `network` likewise unless told otherwise.
 * https://developers.cloudflare.com/workers/ · https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp
 */
import * as v from 'valibot';
import { discard, parseJson, readCapped } from '../core/registry/response.ts';
import { appHeaders } from './app-headers.ts';
import { clientKey } from './client-key.ts';
import { createRelay, type Relay, type RelayLogEntry } from './handler.ts';
import { createHostPolicy } from './host-policy.ts';
import { Refusal } from './refusal.ts';
import { checkedOrigins, configWithRelay, listOf, MOUNT_PATH } from './settings.ts';
import type { HopFetch } from './upstream.ts';

/** Bindings and variables of the deployment. */
interface Env {
  /** The built app: https://developers.cloudflare.com/workers/static-assets/binding/ */
  readonly ASSETS: { fetch(request: Request): Promise<Response> };
  /** https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/ */
  readonly RATE_LIMITER?: { limit(options: { readonly key: string }): Promise<{ readonly success: boolean }> };
  readonly PULLTAB_RELAY_HOSTS?: string;
  readonly PULLTAB_RELAY_ORIGINS?: string;
  readonly PULLTAB_RELAY_CREDENTIALS?: string;
  readonly PULLTAB_RELAY_LOG?: string;
}

/** Of the platform: a stream that is sent with a Content-Length, and fails when it holds more or less. */
declare class FixedLengthStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor(length: number);
}

/** The platform's own reader hands over 4 KiB at a time, each at the price of a step of ours. */
const READ_BYTES = 128 * 1024;
const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;
const CODED = 'the registry encodes a body although it was asked not to';

const Typed = v.object({ mediaType: v.string() });

// A Worker is found by its default export.
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const path = rawTargetOf(request).split('?', 1)[0] ?? '';
    if (path.startsWith(`${MOUNT_PATH}/`)) return withLength(await relayed(request, env));
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response(null, { status: 405, headers: { ...appHeaders(''), Allow: 'GET, HEAD' } });
    }
    if (path === '/config.json') return config(request, env);
    return file(request, env);
  },
};

const relays = new WeakMap<Env, Relay>();

function relayed(request: Request, env: Env): Promise<Response> {
  const relay = relays.get(env) ?? createEnvRelay(env);
  relays.set(env, relay);
  const clientAddress = request.headers.get('CF-Connecting-IP') ?? '';
  return relay(request, { clientAddress, rawTarget: rawTargetOf(request) });
}

function createEnvRelay(env: Env): Relay {
  const limiter = env.RATE_LIMITER;
  return createRelay({
    policy: createHostPolicy(listOf(env.PULLTAB_RELAY_HOSTS)),
    fetch: fetchHop,
    mountPath: MOUNT_PATH,
    // Pages of the Worker itself send no Origin with what they read.
    origins: checkedOrigins(listOf(env.PULLTAB_RELAY_ORIGINS)),
    passwords: env.PULLTAB_RELAY_CREDENTIALS === '1',
    admit:
      limiter === undefined ? undefined : async (client) => (await limiter.limit({ key: clientKey(client) })).success,
    log: env.PULLTAB_RELAY_LOG === '1' ? logEntry : undefined,
  });
}

function logEntry(entry: RelayLogEntry): void {
  console.info(JSON.stringify(entry));
}

/** Path and query as the runtime got them: `Request.url` is not normalised here as it is elsewhere. */
function rawTargetOf({ url }: Request): string {
  const authority = url.indexOf('//') + 2;
  return url.slice(url.indexOf('/', authority));
}

/** One hop to a registry. A coded body would reach us decoded, and match neither its length nor its digest. */
const fetchHop: HopFetch = async (url, hop) => {
  const response = await fetch(url, { ...hop, cache: 'no-store' });
  if (hop.method === 'HEAD' || response.body === null) return response;
  if ((response.headers.get('Content-Encoding') ?? 'identity') !== 'identity') {
    await discard(response);
    throw new Refusal('upstream-answer', CODED);
  }
  const { status, headers } = response;
  return new Response(inLargeReads(response.body), { status, headers });
};

function inLargeReads(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader({ mode: 'byob' });
  return new ReadableStream(
    {
      async pull(sink) {
        const { done, value } = await reader.read(new Uint8Array(READ_BYTES));
        if (done) sink.close();
        else sink.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** A body from a stream of ours goes out without its length unless the platform watches over it. */
function withLength(response: Response): Response {
  const length = response.headers.get('Content-Length');
  if (response.body === null || length === null) return response;
  const counted = new FixedLengthStream(Number(length));
  // Whatever breaks it breaks the stream that is sent as well.
  response.body.pipeTo(counted.writable).catch(() => undefined);
  return new Response(counted.readable, response);
}

async function config(request: Request, env: Env): Promise<Response> {
  const asset = await env.ASSETS.fetch(new Request(request.url));
  const text = asset.ok ? await asset.text() : '{}';
  const headers = { ...appHeaders('/config.json'), 'Content-Type': 'application/json' };
  return new Response(request.method === 'HEAD' ? null : configWithRelay(text, 'config.json'), { headers });
}

async function file(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === '/') url.pathname = '/index.html';
  const asset = await env.ASSETS.fetch(new Request(url, request));
  const headers = new Headers(asset.headers);
  const { pathname } = url;
  for (const [name, value] of Object.entries(appHeaders(pathname))) headers.set(name, value);
  const kind = /^\/v2\/.+\/(manifests|blobs|tags|referrers)\/[^/]+$/.exec(pathname)?.[1];
  if (!asset.ok || kind === undefined) {
    // A file that is missing now may be there after the next deployment.
    if (asset.status === 404) headers.set('Cache-Control', 'no-cache');
    return new Response(asset.body, { status: asset.status, headers });
  }
  if (kind !== 'manifests') {
    headers.set('Content-Type', kind === 'blobs' ? 'application/octet-stream' : 'application/json');
    return new Response(asset.body, { status: asset.status, headers });
  }
  // The sample image is laid out like a registry, where the type of a manifest is in the manifest and in no file name.
  const whole = request.method === 'HEAD' ? await env.ASSETS.fetch(new Request(url)) : asset;
  const bytes = (await readCapped(whole, MANIFEST_LIMIT_BYTES)) ?? new Uint8Array();
  const parsed = v.safeParse(Typed, parseJson(bytes));
  headers.set('Content-Type', parsed.success ? parsed.output.mediaType : 'application/json');
  return new Response(request.method === 'HEAD' ? null : bytes, { status: asset.status, headers });
}
