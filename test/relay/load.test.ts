/**
 * Five hundred clients that open a blob and then hardly read: what each costs the relay is bounded, and another client
 * is served beside them. The relay is the process of `npm start`, so that its memory is its own.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../lab/process.ts';
import { DIGEST, startUpstream } from './stage.ts';

const CLIENTS = 500;
const WAVE = 25;
const BLOB_BYTES = 256 * 1024 * 1024;
/** Of a slow blob: several times what the kernel takes off the relay's hands. */
const SENT_BYTES = 8 * 1024 * 1024;
const FAST_BYTES = 16 * 1024 * 1024;
/** A few reads of 64 KiB in flight, and the objects of two requests. */
const BYTES_PER_STREAM = 768 * 1024;

test('five hundred slow clients', { timeout: 120_000 }, async () => {
  const chunk = Buffer.alloc(64 * 1024, 7);
  const upstream = await startUpstream((incoming, outgoing) => {
    const isFast = incoming.url?.includes('/fast/') ?? false;
    const size = isFast ? FAST_BYTES : SENT_BYTES;
    let sent = 0;
    const send = (): void => {
      while (sent < size && !outgoing.destroyed) {
        sent += chunk.length;
        if (!outgoing.write(chunk)) return;
      }
    };
    outgoing.writeHead(200, { 'Content-Length': isFast ? FAST_BYTES : BLOB_BYTES }).on('drain', send);
    send();
  });
  const { pid, port } = await startRelayProcess(upstream.origin);
  const slowTarget = `/relay/r/${upstream.host}/v2/slow/blobs/${DIGEST}`;
  const fastTarget = `/relay/r/${upstream.host}/v2/fast/blobs/${DIGEST}`;
  expect(await lengthAt(port, fastTarget)).toBe(FAST_BYTES);
  const before = residentBytes(pid);

  const clients: IncomingMessage[] = [];
  // In waves, because this one process is all the clients and the registry as well.
  while (clients.length < CLIENTS) {
    const wave = Array.from({ length: WAVE }, (_none, at) => `127.0.1.${((clients.length + at) % 250) + 1}`);
    clients.push(...(await Promise.all(wave.map((address) => openFrom(address, port, slowTarget)))));
  }
  onTestFinished(() => {
    for (const client of clients) client.destroy();
  });
  expect(clients.map(({ statusCode }) => statusCode)).toEqual(Array(CLIENTS).fill(200));
  expect(upstream.requests).toHaveLength(CLIENTS + 1);

  expect(await lengthAt(port, fastTarget)).toBe(FAST_BYTES);
  // Reading a little now and then keeps every stream moving, and the memory where it was.
  for (let round = 0; round < 3; round += 1) {
    for (const client of clients) client.read();
    await pause(200);
  }
  const perStream = (residentBytes(pid) - before) / CLIENTS;
  expect(perStream).toBeGreaterThan(0);
  expect(perStream).toBeLessThan(BYTES_PER_STREAM);
  console.info(`memory per slow stream: ${Math.round(perStream / 1024)} KiB`);

  for (const client of clients) client.destroy();
  expect(await lengthAt(port, fastTarget)).toBe(FAST_BYTES);
});

async function startRelayProcess(named: string): Promise<{ pid: number; port: number }> {
  const dist = mkdtempSync(join(tmpdir(), 'pulltab-load-'));
  writeFileSync(join(dist, 'index.html'), '<!doctype html>');
  const found = /^Pulltab: http:\/\/localhost:([0-9]+)\/$/m;
  const env = { PORT: '0', PULLTAB_DIST: dist, PULLTAB_RELAY_HOSTS: named };
  const daemon = await startDaemon(execPath, ['--import', 'tsx', 'src/relay/serve.ts'], {
    ready: (output) => found.test(output),
    env,
  });
  onTestFinished(async () => {
    await daemon.stop();
    rmSync(dist, { recursive: true });
  });
  return { pid: daemon.pid, port: Number(found.exec(daemon.output())?.[1]) };
}

/** Each client from an address of its own, as the limits count addresses. */
function openFrom(localAddress: string, port: number, path: string): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const asked = request({ host: '127.0.0.1', localAddress, port, path, agent: false });
    asked.once('response', done).on('error', fail).end();
  });
}

/**
 * Neither side closes a connection before the other has all of it: with the kernel full of 500 streams, what a closed
 * socket still holds is the first to be thrown away.
 */
async function lengthAt(port: number, path: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return (await answer.arrayBuffer()).byteLength;
}

function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}
