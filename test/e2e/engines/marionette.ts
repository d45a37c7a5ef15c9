/**
 * The wire to Firefox: Marionette, which is built in and needs no geckodriver. Commands are WebDriver's by other names;
 * a message is `LENGTH:JSON`. https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
 */
import { connect } from 'node:net';
import * as v from 'valibot';

export interface Marionette {
  /** @throws Error with what Firefox says */
  send(command: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

const Failure = v.object({ error: v.string(), message: v.string() });
const Answer = v.tuple([v.literal(1), v.number(), v.nullable(Failure), v.unknown()]);

/** Firefox speaks first, and not in answer to a command. */
const GREETING = 0;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export async function connectMarionette(port: number): Promise<Marionette> {
  const socket = connect(port, '127.0.0.1');
  const waiting = new Map<number, Waiting>();
  const greeted = new Promise((resolve, reject) => waiting.set(GREETING, { resolve, reject }));
  let next = GREETING + 1;
  const end = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  let arrived = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    arrived = Buffer.concat([arrived, bytes]);
    for (let message = takeMessage(); message !== undefined; message = takeMessage()) onMessage(message);
  });
  socket.on('error', end);
  socket.on('close', () => end(new Error('Firefox closed the connection')));

  function takeMessage(): unknown {
    const colon = arrived.indexOf(':');
    if (colon < 0) return undefined;
    const behind = colon + 1 + Number(arrived.subarray(0, colon));
    if (arrived.length < behind) return undefined;
    const text = arrived.subarray(colon + 1, behind).toString();
    arrived = arrived.subarray(behind);
    return JSON.parse(text);
  }

  function onMessage(message: unknown): void {
    const [, id, failure, result] = Array.isArray(message) ? v.parse(Answer, message) : [1, GREETING, null, message];
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (failure !== null) reject?.(new Error(`${failure.error}: ${failure.message}`));
    else resolve?.(result);
  }

  await greeted;
  return {
    send(command, parameters = {}) {
      return new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        const text = JSON.stringify([0, id, command, parameters]);
        socket.write(`${Buffer.byteLength(text)}:${text}`);
      });
    },
    close: () => void socket.destroy(),
  };
}
