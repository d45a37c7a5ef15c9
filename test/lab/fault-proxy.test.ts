/** Every fault of the proxy is what it says, seen by an ordinary client; other tests build on them. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, startFaultProxy } from './fault-proxy.ts';
import { digestOf } from './push.ts';
import { useLab } from './use-lab.ts';

const lab = await useLab();
const proxy = await startFaultProxy(lab.plain.host);
const manifestPath = '/v2/app/hello/manifests/1';
const accept = 'application/vnd.oci.image.manifest.v1+json';
const manifest = (await (await fetch(proxy.base + manifestPath, { headers: { accept } })).json()) as {
  layers: { digest: string; size: number }[];
};
const layer = manifest.layers[1] ?? { digest: '', size: 0 };
const path = `/v2/app/hello/blobs/${layer.digest}`;

afterAll(() => proxy.stop());

beforeEach(() => {
  proxy.setRules([]);
  proxy.clearRequests();
});

function strike(...faults: readonly Fault[]): void {
  proxy.setRules(faults.map((fault) => ({ path: /\/blobs\/sha256:/, fault })));
}

async function bodyOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe('fault proxy', () => {
  it('passes everything through without rules, and logs it', async () => {
    const response = await fetch(proxy.base + path, { headers: { origin: 'http://localhost', range: 'bytes=0-9' } });
    expect((await bodyOf(response)).length).toBe(10);
    const whole = await bodyOf(await fetch(proxy.base + path));
    expect({ length: whole.length, digest: digestOf(whole) }).toEqual({ length: layer.size, digest: layer.digest });
    await expect.poll(() => proxy.requests().length).toBe(2);
    const common = { method: 'GET', path, query: '', authorization: '', accept: '*/*', userAgent: 'node' };
    expect(proxy.requests().map(({ startedMs: _, ...request }) => request)).toEqual([
      { ...common, status: 206, bytes: 10, origin: 'http://localhost', range: 'bytes=0-9' },
      { ...common, status: 200, bytes: layer.size, origin: '', range: '' },
    ]);
  });

  it('cuts a body whose length it announced', async () => {
    strike({ kind: 'truncate', afterBytes: 100_000, ending: 'cut' });
    const response = await fetch(proxy.base + path);
    expect(response.headers.get('content-length')).toBe(String(layer.size));
    let received = 0;
    const reading = async (): Promise<void> => {
      for await (const chunk of response.body ?? []) received += chunk.length;
    };
    await expect(reading()).rejects.toThrow('terminated');
    expect(received).toBe(100_000);
  });

  it.each([
    { ending: 'chunked', announced: null },
    { ending: 'length', announced: '100000' },
  ] as const)('ends a short body cleanly ($ending)', async ({ ending, announced }) => {
    strike({ kind: 'truncate', afterBytes: 100_000, ending });
    const response = await fetch(proxy.base + path);
    expect(response.headers.get('content-length')).toBe(announced);
    expect((await bodyOf(response)).length).toBe(100_000);
  });

  it('flips exactly one byte, also when other faults slice the body', async () => {
    const good = await bodyOf(await fetch(proxy.base + path));
    strike({ kind: 'flip', atByte: 1_000_000 }, { kind: 'throttle', bytesPerSecond: 40_000_000 });
    const bad = await bodyOf(await fetch(proxy.base + path));
    const different = [...bad.keys()].filter((index) => bad[index] !== good[index]);
    expect({ length: bad.length, different }).toEqual({ length: good.length, different: [1_000_000] });
  });

  it('throttles', async () => {
    strike({ kind: 'throttle', bytesPerSecond: 6_000_000 });
    const startMs = performance.now();
    await bodyOf(await fetch(proxy.base + path));
    expect(performance.now() - startMs).toBeGreaterThan(500);
  });

  it('freezes until the client gives up', async () => {
    strike({ kind: 'freeze', afterBytes: 1000 });
    const response = await fetch(proxy.base + path, { signal: AbortSignal.timeout(300) });
    await expect(bodyOf(response)).rejects.toThrow('timeout');
    await expect.poll(() => proxy.requests().map(({ status, bytes }) => [status, bytes])).toEqual([[200, 1000]]);
  });

  it('answers in the registry’s place, as often as told, and lets preflights through', async () => {
    const fault = { kind: 'answer', status: 503, body: '{"errors":[]}', headers: { 'Retry-After': '1' } } as const;
    proxy.setRules([{ path: /manifests/, times: 1, fault }]);
    expect((await fetch(proxy.base + manifestPath, { method: 'OPTIONS' })).status).toBe(200);
    const first = await fetch(proxy.base + manifestPath);
    const { status, headers } = first;
    expect([status, headers.get('retry-after'), headers.get('access-control-allow-origin')]).toEqual([503, '1', '*']);
    expect((await fetch(proxy.base + manifestPath, { headers: { accept } })).status).toBe(200);
  });

  it('drops CORS headers, delays, and hangs up', async () => {
    strike({ kind: 'no-cors' }, { kind: 'delay', ms: 200 });
    const startMs = performance.now();
    const { headers } = await fetch(proxy.base + path, { method: 'HEAD' });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(performance.now() - startMs).toBeGreaterThan(190);
    strike({ kind: 'hang-up' });
    await expect(fetch(proxy.base + path)).rejects.toThrow('fetch failed');
  });
});
