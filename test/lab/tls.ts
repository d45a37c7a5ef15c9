/**
 * Servers with a certificate that nobody trusts, for what a browser makes of them: nginx, which tells a client that
 * speaks plain http what it did wrong, and Node, which just hangs up on it.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { freePorts, run, startDaemon } from './process.ts';

export interface Certificate {
  readonly keyFile: string;
  readonly certificateFile: string;
}

export interface TlsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Signed by itself, for `name`. */
export async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const made = { keyFile: join(folder, `${name}.key`), certificateFile: join(folder, `${name}.crt`) };
  await run('openssl', [
    ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '365'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ...['-keyout', made.keyFile, '-out', made.certificateFile],
  ]);
  return made;
}

export async function startNodeTls(certificate: Certificate, listener: RequestListener): Promise<TlsServer> {
  const key = readFileSync(certificate.keyFile);
  const server = createServer({ key, cert: readFileSync(certificate.certificateFile) }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @param backend the registry's `127.0.0.1:PORT` */
export function startNginxTls(folder: string, certificate: Certificate, backend: string): Promise<TlsServer> {
  return startNginxServer(folder, (port) => ({
    listen: `127.0.0.1:${port} ssl`,
    lines: `
    ssl_certificate ${certificate.certificateFile};
    ssl_certificate_key ${certificate.keyFile};
    location / { proxy_pass http://${backend}; proxy_set_header Host $http_host; }`,
  }));
}

/** One nginx with one server of these lines. */
export async function startNginxServer(
  folder: string,
  describe: (port: number) => { readonly listen: string; readonly lines: string },
): Promise<TlsServer> {
  const [port = 0] = await freePorts(1);
  const { listen, lines } = describe(port);
  const configFile = join(folder, `nginx-${port}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, `nginx-${port}-${kind}`)};`,
  );
  writeFileSync(
    configFile,
    `daemon off;
worker_processes 1;
pid ${join(folder, `nginx-${port}.pid`)};
error_log stderr warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    listen ${listen};
    ${lines}
  }
}
`,
  );
  const { stop } = await startDaemon('nginx', ['-e', 'stderr', '-p', folder, '-c', configFile], {
    ready: () => isListening(port),
  });
  return { port, stop };
}

/** Any answer to plain http will do, one that complains about it included. */
async function isListening(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`);
    return true;
  } catch {
    return false;
  }
}
