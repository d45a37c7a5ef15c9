/**
 * What to paste into the software of a registry so that pages of one origin may read it. Whole lines for the place that
 * each names. https://distribution.github.io/distribution/about/configuration/#headers https://zotregistry.dev
 */
import type { Cause } from './causes.ts';

export interface PastedSettings {
  /** "distribution (registry:2 and registry:3)" */
  readonly software: string;
  /** "config.yml" */
  readonly file: string;
  readonly text: string;
  /** What it does not do, or what else it needs. */
  readonly note: string;
}

const METHODS = ['GET', 'HEAD', 'OPTIONS'];
const ALLOWED = ['Authorization', 'Accept', 'Range'];
const EXPOSED = ['Docker-Content-Digest', 'WWW-Authenticate', 'Link', 'Content-Range', 'Content-Length', 'Retry-After'];

/** The registry's own addresses: blobs come from elsewhere for `no-cors-blob`. */
export function settingsFor(cause: Cause, { origin, host }: { origin: string; host: string }): PastedSettings[] {
  if (cause === 'no-cors-blob') return [distributionWithoutRedirect(), bucket(), harborWithoutRedirect()];
  if (cause === 'no-cors-token') return [nginx(origin, host), harbor(origin, host)];
  // Its headers do not help where it refuses preflights: only a proxy answers those.
  const own = cause === 'preflight' ? [] : [distribution(origin)];
  return [...own, nginx(origin, host), harbor(origin, host), zot(origin)];
}

function distribution(origin: string): PastedSettings {
  const list = (values: readonly string[]): string => `[${values.join(', ')}]`;
  return {
    software: 'distribution (registry:2, registry:3)',
    file: 'config.yml',
    text: `http:
  headers:
    Access-Control-Allow-Origin: ['${origin}']
    Access-Control-Allow-Methods: ${list(METHODS)}
    Access-Control-Allow-Headers: ${list(ALLOWED)}
    Access-Control-Expose-Headers: ${list(EXPOSED)}
    Access-Control-Max-Age: ['7200']
`,
    note: 'Enough for a registry without authentication. With authentication it answers preflights with 401: put nginx in front.',
  };
}

function nginx(origin: string, host: string): PastedSettings {
  return {
    software: 'nginx in front of a registry',
    file: `nginx.conf, in the server of ${host}`,
    text: `location /v2/ {
${corsLines(origin)}
  proxy_pass http://127.0.0.1:5000;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_buffering off;
}
`,
    note: '“always” matters: without it the headers are missing on a 401. Change the address of proxy_pass to where the registry listens; a token server needs the same lines.',
  };
}

function harbor(origin: string, host: string): PastedSettings {
  return {
    software: 'Harbor, behind an nginx of your own',
    file: `nginx.conf, in the server of ${host}`,
    text: `location ~ ^/(v2/|service/token) {
${corsLines(origin)}
  proxy_pass http://127.0.0.1:8080;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_buffering off;
}
`,
    note: 'Harbor has no setting for CORS, and writes its own nginx.conf anew at each start. Set external_url in harbor.yml to the address of this nginx.',
  };
}

function corsLines(origin: string): string {
  const headers = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': METHODS.join(', '),
    'Access-Control-Allow-Headers': ALLOWED.join(', '),
    'Access-Control-Expose-Headers': EXPOSED.join(', '),
    'Access-Control-Max-Age': '7200',
  };
  const lines = Object.entries(headers).map(([name, value]) => {
    return `  proxy_hide_header ${name};\n  add_header ${name} "${value}" always;`;
  });
  return `${lines.join('\n')}\n  if ($request_method = OPTIONS) { return 204; }`;
}

function zot(origin: string): PastedSettings {
  return {
    software: 'zot',
    file: 'config.json',
    text: `{
  "http": {
    "allowOrigin": "${origin}"
  }
}
`,
    note: 'Add the line to the section “http” that is there. zot answers preflights itself.',
  };
}

function distributionWithoutRedirect(): PastedSettings {
  return {
    software: 'distribution (registry:2, registry:3)',
    file: 'config.yml',
    text: `storage:
  redirect:
    disable: true
`,
    note: 'The registry then hands out blobs itself, which costs it the bandwidth.',
  };
}

function bucket(): PastedSettings {
  return {
    software: 'S3 and what speaks like it',
    file: 'CORS of the bucket',
    text: `[
  {
    "AllowedOrigins": ["*"],
    "AllowedMethods": ["GET", "HEAD"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["Content-Range", "Content-Length"]
  }
]
`,
    note: 'It has to be “*”: after a redirect browsers send “Origin: null”. The addresses stay signed, so this opens nothing to strangers.',
  };
}

function harborWithoutRedirect(): PastedSettings {
  return {
    software: 'Harbor',
    file: 'harbor.yml',
    text: `storage_service:
  redirect:
    disable: true
`,
    note: 'Add it to the section that is there, then run ./prepare and start Harbor anew.',
  };
}
