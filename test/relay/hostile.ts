/** The servers of the attempts: registries that answer as each row says, a server that waits in vain, and a raw client. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Attempt } from './attempts.ts';

export interface Grounds {
  /** Of the text of a row, the text on the wire. */
  fill(text: string, row: number): string;
  /** Origins that the operator of the relay names. */
  readonly named: readonly string[];
  /** How many requests for the repository of a row have come to a registry. */
  reached(row: number): number;
  /** How often anything has connected to the server that nobody named. */
  trespasses(): number;
  close(): void;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';

const TOKEN = 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"token":"abc"}';

export async function prepareGrounds(rows: readonly Attempt[]): Promise<Grounds> {
  const requests: number[] = [];
  let trespasses = 0;
  const other = await listening(() => {
    trespasses += 1;
  });
  const registry = await listening((head, socket) => answer(head, socket, OK));
  const honest: Listening = await listening((head, socket) => {
    answer(head, socket, head.includes(' /auth?') ? TOKEN : challenge(`http://127.0.0.1:${honest.port}/auth`));
  });

  function answer(head: string, socket: Socket, otherwise: string): void {
    const row = Number(/row([0-9]+)/.exec(head.split('\r\n')[0] ?? '')?.[1] ?? Number.NaN);
    if (!Number.isNaN(row)) requests.push(row);
    const how = rows[row]?.registry;
    if (how === undefined || ('token' in how && !head.includes('/auth'))) socket.end(otherwise);
    else if ('token' in how) socket.end(fill(how.token, row));
    else if ('realm' in how) socket.end(challenge(fill(how.realm, row)));
    else if ('redirect' in how) {
      const lines = [
        'HTTP/1.1 307 Temporary Redirect',
        `Location: ${fill(how.redirect, row)}`,
        'Content-Length: 0',
        'Connection: close',
      ];
      socket.end(`${lines.join('\r\n')}\r\n\r\n`);
    } else if (how.afterwards === 'silence') socket.write(how.bytes);
    else socket.end(how.bytes);
  }

  function fill(text: string, row: number): string {
    return text
      .replaceAll('ROW', `row${row}`)
      .replaceAll('REGISTRY', `127.0.0.1:${registry.port}`)
      .replaceAll('HONEST', `127.0.0.1:${honest.port}`)
      .replaceAll('OTHER', String(other.port));
  }

  return {
    fill,
    named: [registry, honest].map(({ port }) => `http://127.0.0.1:${port}`),
    reached: (row) => requests.filter((seen) => seen === row).length,
    trespasses: () => trespasses,
    close() {
      for (const { server } of [registry, honest, other]) server.close();
    },
  };
}

function challenge(realm: string): string {
  return `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="${realm}"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
}

interface Listening {
  readonly server: Server;
  readonly port: number;
}

/** A server that is told of each connection's first bytes, once their head is whole. */
async function listening(told: (head: string, socket: Socket) => void): Promise<Listening> {
  const server = createServer((socket) => {
    let head = '';
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (text: string) => {
      head += text;
      if (!head.includes('\r\n\r\n')) return;
      told(head, socket);
      head = '';
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return { server, port: address.port };
}

/** What a row's `outcome` is held against; `passed` where an answer came whole and nothing was refused. */
export async function attempt(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answered = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answered += text;
    // What the relay says of itself is all that is needed, and a server may wait for the rest of a request.
    if (reasonIn(answered) !== undefined) socket.destroy();
  });
  socket.write(request);
  await once(socket, 'close');
  const end = answered.indexOf('\r\n\r\n');
  if (end < 0) return 'malformed';
  const reason = reasonIn(answered);
  if (reason !== undefined) return reason;
  const status = Number(answered.slice(9, 12));
  if (status === 404 || status === 405) return 'nothing';
  if (status >= 400) return 'malformed';
  return isWhole(answered.slice(0, end), answered.slice(end + 4)) ? 'passed' : 'cut';
}

function reasonIn(answered: string): string | undefined {
  return /^pulltab-relay-error: (.+)\r\n[\s\S]*\r\n\r\n/im.exec(answered)?.[1];
}

function isWhole(head: string, body: string): boolean {
  const length = /^content-length: ([0-9]+)$/im.exec(head)?.[1];
  if (length !== undefined) return body.length === Number(length);
  return /^transfer-encoding: chunked$/im.test(head) ? /(^|\r\n)0\r\n\r\n$/.test(body) : true;
}
