/** An http proxy that keeps everything that a browser sends through it, to the last header and byte. */
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sent {
  readonly method: string;
  /** Absolute, with its query. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface RecordingProxy {
  /** For Chromium: everything goes through the proxy, also what stays on this machine. */
  readonly args: readonly string[];
  readonly sent: Sent[];
  stop(): void;
}

export async function startRecordingProxy(): Promise<RecordingProxy> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', rawHeaders } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      sent.push({ method, url, headers: pairs(rawHeaders), body: body.toString('latin1') });
      const onward = ask(url, { method, headers: rawHeaders }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      onward.end(body);
    });
  });
  // A tunnel would be for https, which nothing of these tests is: it is noted and refused.
  server.on('connect', ({ method = '', url = '', rawHeaders }, socket) => {
    sent.push({ method, url, headers: pairs(rawHeaders), body: '' });
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    args: [`--proxy-server=http://127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>'],
    sent,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[at * 2] ?? '', raw[at * 2 + 1] ?? '']);
}
