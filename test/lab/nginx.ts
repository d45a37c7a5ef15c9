/**
 * One nginx in front of every registry of the lab. It keeps the request logs (distribution's own do not say whether
 * a request carried Authorization), and for one of the registries it answers preflights, as distribution itself refuses
 * to once it wants tokens: https://github.com/distribution/distribution/issues/4458
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { freePorts, startDaemon } from './process.ts';
import { NGINX_LOG_FORMAT } from './request-log.ts';

export interface Front {
  /** The registry's own address, `127.0.0.1:PORT`. */
  readonly backend: string;
  readonly logFile: string;
  /** Answer preflights here and send the CORS headers from here, hiding the backend's. */
  readonly answersPreflight?: boolean;
  /** Which of the fronts blobs are redirected to (307), by its index. */
  readonly redirectsBlobsTo?: number;
  /**
   * A storage provider: reads for whoever has the address, refuses Authorization as S3 does, and lets only pages read
   * that come by a redirect of another origin, which browsers say as `Origin: null`.
   */
  readonly isStorage?: boolean;
}

/** Response header names and values as the registry's configuration and nginx both send them. */
export const CORS_HEADERS = {
  'Access-Control-Allow-Origin': ['*'],
  'Access-Control-Allow-Methods': ['HEAD', 'GET', 'OPTIONS'],
  'Access-Control-Allow-Headers': ['Authorization', 'Accept', 'Range'],
  'Access-Control-Expose-Headers': [
    'Docker-Content-Digest',
    'WWW-Authenticate',
    'Link',
    'Content-Range',
    'Content-Length',
  ],
} as const satisfies Record<string, readonly string[]>;

/** Starts nginx. Resolves to one loopback port per front, in the same order. */
export async function startNginx(
  folder: string,
  fronts: readonly Front[],
): Promise<{ ports: number[]; stop(): Promise<void> }> {
  const configFile = join(folder, 'nginx.conf');
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(fronts.length);
    writeFileSync(configFile, configuration(folder, fronts, ports));
    try {
      const ready = (): Promise<boolean> => answers(ports[0] ?? 0);
      const daemon = await startDaemon('nginx', ['-e', 'stderr', '-p', folder, '-c', configFile], { ready });
      return { ports, stop: daemon.stop };
    } catch (error) {
      // Someone took a port between our look and nginx's bind; anything else fails again and is thrown.
      if (attempt === 3) throw error;
    }
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/v2/`, { method: 'HEAD' });
    return true;
  } catch {
    return false;
  }
}

function configuration(folder: string, fronts: readonly Front[], ports: readonly number[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, `nginx-${kind}`)};`,
  );
  return `
daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log stderr warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 1024; }
http {
  map $http_authorization $lab_scheme { default ""; "~^(?<lab_word>\\w+) " $lab_word; }
  log_format lab ${NGINX_LOG_FORMAT};
  ${temporary.join('\n  ')}
  client_max_body_size 0;
  proxy_request_buffering off;
  proxy_max_temp_file_size 0;
  proxy_http_version 1.1;
  # A paused download must not be cut here.
  proxy_read_timeout 1h;
  send_timeout 1h;
${fronts.map((front, index) => serverBlock(front, ports, index)).join('')}}
`;
}

function serverBlock(front: Front, ports: readonly number[], index: number): string {
  const { backend, logFile, answersPreflight = false, redirectsBlobsTo, isStorage = false } = front;
  return `
  server {
    listen 127.0.0.1:${ports[index]};
    access_log ${logFile} lab;
${redirectsBlobsTo === undefined ? '' : redirectBlock(ports[redirectsBlobsTo] ?? 0)}
    location / {
${answersPreflight ? preflightLines() : ''}${isStorage ? STORAGE_LINES : ''}
      proxy_pass http://${backend};
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
    }
  }
`;
}

/** Distribution's `redirect` setting needs S3 or its like; this is what it makes of a blob. */
function redirectBlock(port: number): string {
  return `
    location ~ ^/v2/.+/blobs/ {
${preflightLines()}
      return 307 http://127.0.0.1:${port}$request_uri;
    }`;
}

const STORAGE_LINES = `
      if ($http_authorization) { return 400; }
      if ($request_method = OPTIONS) { return 403; }
      set $lab_reader "";
      if ($http_origin = "null") { set $lab_reader "null"; }
      proxy_hide_header Access-Control-Allow-Origin;
      add_header Access-Control-Allow-Origin $lab_reader always;`;

/** Without \`always\`, nginx leaves the headers off a 401, and a page cannot read the challenge. */
function preflightLines(): string {
  const headers = Object.entries(CORS_HEADERS).map(([name, values]) => {
    return `      proxy_hide_header ${name};\n      add_header ${name} "${values.join(', ')}" always;`;
  });
  return `${headers.join('\n')}\n      if ($request_method = OPTIONS) { return 204; }`;
}
