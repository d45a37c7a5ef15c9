/**
 * A line of its own bandwidth and length between clients and a server: what all connections carry towards the clients
 * shares one rate, and every byte takes half of the round trip. Below HTTP, so that opening a connection, asking again
 * over one that is open, and several at once cost what they cost on such a line: a connection begins with a small window,
 * which grows by what was acknowledged (https://www.rfc-editor.org/rfc/rfc6928, RFC 5681 section 3.1). Nothing is lost.
 */

import type { AddressInfo } from 'node:net';
import { createServer, connect as openConnection, type Socket } from 'node:net';

export interface LineOptions {
  /** Towards the clients, all connections together. */
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
}

export interface SlowLine {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** What a connection sends before another has its turn (bytes). */
const PIECE_BYTES = 16 * 1024;
/** A connection's window when it is new, and the largest (bytes). As much may wait for its turn here. */
const FIRST_WINDOW_BYTES = 10 * 1460;
const MOST_WINDOW_BYTES = 2 * 1024 * 1024;
const TICK_MS = 4;

/** @param target `127.0.0.1:PORT` of a server over plain TCP */
export async function startSlowLine(target: string, { bytesPerSecond, roundTripMs }: LineOptions): Promise<SlowLine> {
  const [address = '', port = ''] = target.split(':');
  const connections: Downstream[] = [];
  const server = createServer((client) => {
    const origin = openConnection({ host: address, port: Number(port) });
    // The handshake's round trip: what the client believes to be open is not at the other end yet.
    passOn(client, origin, { openMs: performance.now() + roundTripMs, delayMs: roundTripMs / 2 });
    const downstream = new Downstream(origin, client, roundTripMs);
    connections.push(downstream);
    client.once('close', () => connections.splice(connections.indexOf(downstream), 1));
  });
  let room = 0;
  let atMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    room += ((nowMs - atMs) / 1000) * bytesPerSecond;
    atMs = nowMs;
    // Turn by turn, for as long as there is something and room for it.
    for (let sent = 1; sent > 0 && room > 0; ) {
      sent = 0;
      for (const connection of [...connections]) {
        if (room > 0) sent += connection.send(PIECE_BYTES);
      }
      room -= sent;
    }
    // A line that had nothing to carry cannot make up for it.
    room = Math.min(room, 0);
  }, TICK_MS);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      clearInterval(timer);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { client } of [...connections]) client.destroy();
      await closed;
    },
  };
}

/** Requests are small: what goes up has all the bandwidth that it wants. */
function passOn(client: Socket, origin: Socket, { openMs, delayMs }: { openMs: number; delayMs: number }): void {
  client.on('data', (bytes) => {
    const atMs = Math.max(openMs, performance.now()) + delayMs;
    setTimeout(() => origin.writable && origin.write(bytes), atMs - performance.now());
  });
  client.on('error', () => origin.destroy());
  client.on('close', () => origin.destroy());
}

/** One connection's way to its client. */
class Downstream {
  /** Taken from the server, in order, until it is their turn. */
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #windowBytes = FIRST_WINDOW_BYTES;
  /** Under way, or its acknowledgement is. */
  #openBytes = 0;
  #arriving = 0;
  #ended = false;

  constructor(
    readonly origin: Socket,
    readonly client: Socket,
    readonly roundTripMs: number,
  ) {
    origin.on('data', (bytes: Buffer) => {
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes >= MOST_WINDOW_BYTES) origin.pause();
    });
    origin.on('error', () => client.destroy());
    origin.on('end', () => {
      this.#ended = true;
      this.#endWhenEmpty();
    });
  }

  /** Sends at most so many bytes. @returns how many */
  send(most: number): number {
    const next = this.#waiting[0];
    const room = this.#windowBytes - this.#openBytes - this.client.writableLength;
    if (next === undefined || room <= 0) return 0;
    const piece = next.subarray(0, Math.min(most, room));
    if (piece.length === next.length) this.#waiting.shift();
    else this.#waiting[0] = next.subarray(piece.length);
    this.#waitingBytes -= piece.length;
    if (this.#waitingBytes < MOST_WINDOW_BYTES) this.origin.resume();
    this.#openBytes += piece.length;
    this.#arriving += 1;
    setTimeout(() => this.#arrive(piece), this.roundTripMs / 2);
    return piece.length;
  }

  #arrive(piece: Buffer): void {
    this.#arriving -= 1;
    if (this.client.writable) this.client.write(piece);
    this.#endWhenEmpty();
    setTimeout(() => {
      this.#openBytes -= piece.length;
      this.#windowBytes = Math.min(this.#windowBytes + piece.length, MOST_WINDOW_BYTES);
    }, this.roundTripMs / 2);
  }

  #endWhenEmpty(): void {
    if (this.#ended && this.#waitingBytes === 0 && this.#arriving === 0) this.client.end();
  }
}
