/**
 * Attempts to make the relay ask, pass on or keep what it must not: one row each, for every platform alike.
 *
 * In the texts, ROW is a repository of the row's own, REGISTRY and HONEST are hosts of registries that the operator named
 * (the latter has a token service that challenges as it should, whatever it answers then), and OTHER is the port of a server on this machine that the operator did not name and that nothing may ever reach.
 */
import { DIGEST } from './stage.ts';

/** How the registry answers in this row. */
export type Misbehaviour =
  | { readonly redirect: string }
  | { readonly realm: string }
  /** Of the token service of an honest challenge. */
  | { readonly token: string }
  /** Bytes as they are, then the end of the connection, or silence. */
  | { readonly bytes: string; readonly afterwards: 'end' | 'silence' };

export interface Attempt {
  readonly name: string;
  /** The request on the wire, to its last byte, unless it stops in the middle. */
  readonly request: string;
  readonly registry?: Misbehaviour;
  /**
   * What comes of it: the relay's reason; `malformed`, where the HTTP server itself hangs up or answers with an error;
   * `cut`, where a body has begun and breaks off visibly.
   */
  readonly outcome: string | RegExp;
  /** How many requests for the row's repository the named registries get. None unless given. */
  readonly reaches?: number;
  /** Takes as long as the relay's longest limit. */
  readonly slow?: true;
  readonly only?: 'node' | 'workerd';
  /** What the name in question resolves to; the resolver can be told only on Node. */
  readonly resolves?: readonly string[];
}

const MANIFEST = '/v2/ROW/manifests/latest';
const BLOB = `/v2/ROW/blobs/${DIGEST}`;
const AT_REGISTRY = '/relay/r/REGISTRY';

function wire(target: string, lines: readonly string[] = [], { method = 'GET', body = '' } = {}): string {
  return `${[`${method} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n${body}`;
}

function visible(text: string): string {
  return JSON.stringify(text.length > 90 ? `${text.slice(0, 35)}…${text.slice(-50)}` : text).slice(1, -1);
}

type Row = readonly [text: string, outcome: string | RegExp];

const HOSTS: readonly Row[] = [
  ['127.0.0.1:OTHER', 'host-not-allowed'],
  ['localhost:OTHER', 'host-not-allowed'],
  ['LOCALHOST:OTHER', 'route-unknown'],
  ['a.localhost:OTHER', 'host-not-allowed'],
  ['[::1]:OTHER', 'host-not-allowed'],
  ['[::]:OTHER', 'host-not-allowed'],
  ['[::ffff:127.0.0.1]:OTHER', 'route-unknown'],
  ['[::ffff:7f00:1]:OTHER', 'host-not-allowed'],
  ['[::127.0.0.1]:OTHER', 'route-unknown'],
  ['[0:0:0:0:0:ffff:7f00:1]:OTHER', 'host-not-allowed'],
  ['[64:ff9b::7f00:1]:OTHER', 'host-not-allowed'],
  ['[2002:7f00:1::]:OTHER', 'host-not-allowed'],
  ['[::1%25lo]:OTHER', 'path-invalid'],
  ['127.1:OTHER', 'host-not-allowed'],
  ['127.0.1:OTHER', 'host-not-allowed'],
  ['127.0.0.1.:OTHER', 'host-not-allowed'],
  ['127.0.0.2:OTHER', 'host-not-allowed'],
  ['2130706433:OTHER', 'host-not-allowed'],
  ['0x7f000001:OTHER', 'host-not-allowed'],
  ['0x7f.0.0.1:OTHER', 'host-not-allowed'],
  ['0x7f.1:OTHER', 'host-not-allowed'],
  ['017700000001:OTHER', 'host-not-allowed'],
  ['0177.0.0.1:OTHER', 'host-not-allowed'],
  ['0177.0.0.01:OTHER', 'host-not-allowed'],
  ['0:OTHER', 'host-not-allowed'],
  ['0.0.0.0:OTHER', 'host-not-allowed'],
  ['localhost.:OTHER', 'host-not-allowed'],
  ['127.0.0.1', 'host-not-allowed'],
  ['10.0.0.1', 'host-not-allowed'],
  ['192.168.0.1', 'host-not-allowed'],
  ['169.254.169.254', 'host-not-allowed'],
  ['2852039166', 'host-not-allowed'],
  ['0xa9fea9fe', 'host-not-allowed'],
  ['[::ffff:a9fe:a9fe]', 'host-not-allowed'],
  ['[fd00:ec2::254]', 'host-not-allowed'],
  ['[fe80::1%25eth0]', 'path-invalid'],
  ['100.100.100.200', 'host-not-allowed'],
  ['metadata.google.internal', 'host-not-allowed'],
  ['kubernetes.default.svc', 'host-not-allowed'],
  ['8.8.8.8', 'host-not-allowed'],
  ['example.com', 'host-not-allowed'],
  ['ghcr.io.', 'host-not-allowed'],
  ['ghcr.io:80', 'host-not-allowed'],
  ['ghcr.io:443', 'host-not-allowed'],
  ['ghcr.io:OTHER', 'host-not-allowed'],
  ['ghcr.io:0', 'host-not-allowed'],
  ['ghcr.io:99999', 'host-not-allowed'],
  ['ghcr.io:', 'route-unknown'],
  ['GHCR.IO', 'route-unknown'],
  ['xghcr.io', 'host-not-allowed'],
  ['ghcr.io.example.com', 'host-not-allowed'],
  ['docker.io', 'host-not-allowed'],
  ['evil.example.com.azurecr.io', 'host-not-allowed'],
  ['.azurecr.io', 'host-not-allowed'],
  ['..azurecr.io', 'path-invalid'],
  ['xn--ghcr-.io', 'host-not-allowed'],
  ['ghcr。io', /malformed|path-invalid/],
  ['ghcr%2eio', 'path-invalid'],
  ['ghcr.io@127.0.0.1:OTHER', 'path-invalid'],
  ['user:password@127.0.0.1:OTHER', 'path-invalid'],
  ['ghcr.io%40127.0.0.1:OTHER', 'path-invalid'],
  ['ghcr.io:443@127.0.0.1:OTHER', 'path-invalid'],
  ['127.0.0.1:OTHER%2f', 'path-invalid'],
  ['127.0.0.1:OTHER%23', 'path-invalid'],
  ['127.0.0.1:OTHER%3f', 'path-invalid'],
  ['127.0.0.1:OTHER#ghcr.io', /path-invalid|route-unknown/],
  ['127.0.0.1:OTHER?ghcr.io', 'route-unknown'],
  ['127.0.0.1:OTHER\\ghcr.io', 'path-invalid'],
  ['127.0.0.1:OTHER;ghcr.io', 'route-unknown'],
  ['http:', 'route-unknown'],
  ['http://127.0.0.1:OTHER', 'path-invalid'],
  ['https%3a%2f%2f127.0.0.1:OTHER', 'path-invalid'],
  ['REGISTRY,127.0.0.1:OTHER', 'route-unknown'],
  ['', 'path-invalid'],
];

const PATHS: readonly Row[] = [
  ['/../admin', 'path-invalid'],
  ['/v2/../admin', 'path-invalid'],
  ['/v2/../../../OTHER/v2/', 'path-invalid'],
  ['/v2/ROW/../../admin', 'path-invalid'],
  ['/v2/ROW/./manifests/latest', 'path-invalid'],
  ['/v2/ROW/manifests/..', 'path-invalid'],
  ['/v2/ROW/manifests/%2e%2e', 'path-invalid'],
  ['/v2/ROW/manifests/.%2e', 'path-invalid'],
  ['/v2/%2e%2e/ROW/manifests/latest', 'path-invalid'],
  ['/v2/%252e%252e/ROW/manifests/latest', 'path-invalid'],
  ['/v2/ROW%2fb/manifests/latest', 'path-invalid'],
  ['/v2/ROW%252fb/manifests/latest', 'path-invalid'],
  ['/v2/ROW%c0%afb/manifests/latest', 'path-invalid'],
  ['/v2/ROW\\b/manifests/latest', 'path-invalid'],
  ['/v2/ROW%5cb/manifests/latest', 'path-invalid'],
  ['/v2/ROW/..\\..\\admin', 'path-invalid'],
  ['/v2/ROW/..;/manifests/latest', 'path-invalid'],
  ['/v2/ROW//manifests/latest', 'path-invalid'],
  ['//v2/ROW/manifests/latest', 'path-invalid'],
  ['/v2/ROW/manifests/latest%00', 'path-invalid'],
  ['/v2/ROW/manifests/latest%0d%0aX-Injected:1', 'path-invalid'],
  ['/v2/ROW/manifests/latest%20HTTP/1.1', 'path-invalid'],
  ['/v2/ROW/manifests/latest%3fn=1', 'path-invalid'],
  ['/v2/ROW/manifests/latest@evil', 'path-invalid'],
  ['/v2/ROW/manifests/latest;x', 'route-unknown'],
  ['/v2/ROW/manifests/latest/', 'route-unknown'],
  ['/v2/ROW/manifests/', 'route-unknown'],
  ['/v2/ROW/manifests/a/b', 'route-unknown'],
  ['/V2/ROW/manifests/latest', 'route-unknown'],
  ['/v2/ROW/Manifests/latest', 'route-unknown'],
  ['/v2/ROWA/manifests/latest', 'route-unknown'],
  ['/v2/-ROW/manifests/latest', 'route-unknown'],
  ['/v2/ROW-/manifests/latest', 'route-unknown'],
  ['/v2/ROW___b/manifests/latest', 'route-unknown'],
  ['/v2/ROW/manifests/.hidden', 'route-unknown'],
  ['/v2/ROW/manifests/-a', 'route-unknown'],
  [`/v2/ROW/manifests/${'t'.repeat(129)}`, 'route-unknown'],
  [`/v2/ROW/${'a'.repeat(256)}/manifests/latest`, 'path-invalid'],
  [`/v2/ROW/${'a/'.repeat(1100)}manifests/latest`, 'path-invalid'],
  [`/v2/ROW/manifests/${'%41'.repeat(3000)}`, 'path-invalid'],
  ['/v2/ROW/manifests/\u00e9', /path-invalid|malformed/],
  ['/v2/ROW/manifests/\u202e', /path-invalid|malformed/],
  ['/v2/ROW/blobs/latest', 'route-unknown'],
  [`/v2/ROW/blobs/${DIGEST.slice(0, -1)}`, 'route-unknown'],
  [`/v2/ROW/blobs/${DIGEST}0`, 'route-unknown'],
  [`/v2/ROW/blobs/${DIGEST.toUpperCase()}`, 'route-unknown'],
  [`/v2/ROW/blobs/md5:${'0'.repeat(32)}`, 'route-unknown'],
  [`/v2/ROW/blobs/sha256:${'../'.repeat(21)}a`, 'path-invalid'],
  ['/v2/ROW/blobs/uploads/', 'route-unknown'],
  ['/v2/ROW/tags/', 'route-unknown'],
  ['/v2/ROW/tags/list/', 'route-unknown'],
  ['/v2/ROW/referrers/latest', 'route-unknown'],
  ['/v2/_catalog', 'route-unknown'],
  ['/v2/ROW/_trust/tuf/root.json', 'route-unknown'],
  ['/v2', 'route-unknown'],
  ['/v2?', 'path-invalid'],
  ['/v1/search', 'route-unknown'],
  ['/v3/', 'route-unknown'],
  ['/metrics', 'route-unknown'],
  ['/', 'route-unknown'],
  ['', 'route-unknown'],
  ['/token/extra?scope=repository:ROW:pull', 'route-unknown'],
  ['/v2/ROW/manifests/latest?x=1', 'query-invalid'],
  ['/v2/ROW/manifests/latest?n=1', 'query-invalid'],
  ['/v2/ROW/manifests/latest?/../..', 'query-invalid'],
  ['/v2/?n=1', 'query-invalid'],
  ['/v2/ROW/tags/list?n=0', 'query-invalid'],
  ['/v2/ROW/tags/list?n=-1', 'query-invalid'],
  ['/v2/ROW/tags/list?n=100000', 'query-invalid'],
  ['/v2/ROW/tags/list?n=1e3', 'query-invalid'],
  ['/v2/ROW/tags/list?n=1&n=2', 'query-invalid'],
  ['/v2/ROW/tags/list?%6e=1&n=2', 'query-invalid'],
  ['/v2/ROW/tags/list?last=%2e%2e%2f', 'query-invalid'],
  ['/v2/ROW/tags/list?last=a%0d%0a', 'query-invalid'],
  ['/v2/ROW/tags/list?last=a%00', 'query-invalid'],
  ['/v2/ROW/tags/list?__proto__=1', 'query-invalid'],
  ['/v2/ROW/tags/list?constructor=1', 'query-invalid'],
  [`/v2/ROW/referrers/${DIGEST}?artifactType=a%2fb%20c`, 'query-invalid'],
  [`/v2/ROW/referrers/${DIGEST}?artifactType=a%2fb%0d%0ac`, 'query-invalid'],
  ['/token', 'query-invalid'],
  ['/token?scope=', 'query-invalid'],
  ['/token?scope=repository:ROW:push', 'query-invalid'],
  ['/token?scope=repository:ROW:pull,push', 'query-invalid'],
  ['/token?scope=repository:ROW:*', 'query-invalid'],
  ['/token?scope=repository:ROW/../b:pull', 'query-invalid'],
  ['/token?scope=repository:ROW:pull%20repository:b:pull', 'query-invalid'],
  ['/token?scope=registry:catalog:*', 'query-invalid'],
  ['/token?scope=repository:ROW:pull&service=x', 'query-invalid'],
  ['/token?scope=repository:ROW:pull&scope=repository:b:pull', 'query-invalid'],
  ['/token?scope=repository:ROW:pull&realm=http://127.0.0.1:OTHER/', 'query-invalid'],
  ['/token?realm=http://127.0.0.1:OTHER/', 'query-invalid'],
  ['/token?scope=repository:ROW:pull&client_id=x&offline_token=true', 'query-invalid'],
];

const TARGETS: readonly Row[] = [
  ['/relay/', 'route-unknown'],
  ['/relay/REGISTRY/v2/ROW/manifests/latest', 'route-unknown'],
  ['/relay/http://127.0.0.1:OTHER/', 'path-invalid'],
  ['/relay/?url=http://127.0.0.1:OTHER/', 'route-unknown'],
  ['/relay/r/?host=127.0.0.1:OTHER', 'route-unknown'],
  ['/relay/R/REGISTRY/v2/', 'route-unknown'],
  ['/relay//r/REGISTRY/v2/', 'path-invalid'],
  ['/relay/./r/REGISTRY/v2/', 'path-invalid'],
  ['/relay/x/../r/REGISTRY/v2/', 'path-invalid'],
  ['/relay/%72/REGISTRY/v2/', 'path-invalid'],
  ['/relay/r%2fREGISTRY/v2/', 'path-invalid'],
  ['/relayr/REGISTRY/v2/', 'nothing'],
  ['/r/REGISTRY/v2/', 'nothing'],
  ['/RELAY/r/REGISTRY/v2/', 'nothing'],
  ['//relay/r/REGISTRY/v2/', 'nothing'],
  ['/%72elay/r/REGISTRY/v2/', 'nothing'],
  ['/x/../relay/r/REGISTRY/v2/', 'nothing'],
  ['relay/r/REGISTRY/v2/', /malformed|nothing|path-invalid/],
  ['*', /malformed|nothing/],
];

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH', 'MKCOL', 'PURGE', 'REPORT', 'LINK'];

const HEADERS: readonly Row[] = [
  ['Content-Length: 2', 'body-not-allowed'],
  ['Transfer-Encoding: chunked', /malformed|body-not-allowed/],
  ['Authorization: Basic dXNlcjpwYXNzd29yZA==', 'credentials-not-allowed'],
  ['Authorization: basic dXNlcjpwYXNzd29yZA==', 'credentials-not-allowed'],
  ['Authorization: Bearer a b', 'credentials-not-allowed'],
  ['Authorization: Bearer', 'credentials-not-allowed'],
  ['Authorization: Digest username="a"', 'credentials-not-allowed'],
  ['Authorization: AWS4-HMAC-SHA256 Credential=a', 'credentials-not-allowed'],
  ['Authorization: Bearer a\tb', 'credentials-not-allowed'],
  ['Authorization: Bearer a, Basic b', 'credentials-not-allowed'],
  [`Authorization: Bearer ${'a'.repeat(16_385)}`, 'credentials-not-allowed'],
  ['Range: bytes=0-1,5-6', 'header-invalid'],
  ['Range: lines=0-1', 'header-invalid'],
  ['Range: bytes=-5', 'header-invalid'],
  ['Range: bytes=0-1\r\nRange: bytes=5-6', 'header-invalid'],
  [`Range: bytes=${'9'.repeat(16)}-`, 'header-invalid'],
  [`Accept: ${'a/b,'.repeat(1000)}`, 'header-invalid'],
  [`If-None-Match: "${'a'.repeat(3000)}"`, 'header-invalid'],
  [`X-Padding: ${'a'.repeat(200_000)}`, /malformed|header-invalid/],
  [Array.from({ length: 3000 }, (_none, at) => `X-${at}: ${'a'.repeat(20)}`).join('\r\n'), /malformed|header-invalid/],
  ['Origin: https://evil.example.com', 'origin-not-allowed'],
  ['Origin: http://localhost.evil.example.com', 'origin-not-allowed'],
  ['Origin: http://localhost:1', 'origin-not-allowed'],
  ['Origin: https://localhost', 'origin-not-allowed'],
  ['Origin: null', 'origin-not-allowed'],
  ['Origin: http://localhost, https://evil.example.com', 'origin-not-allowed'],
  ['Origin: https://*', 'origin-not-allowed'],
  ['Sec-Fetch-Site: cross-site', 'origin-not-allowed'],
  ['Sec-Fetch-Site: same-site', 'origin-not-allowed'],
];

/** Requests that a server may take for another, or for two. */
const SMUGGLED: readonly Row[] = [
  [
    `GET ${AT_REGISTRY}${MANIFEST} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /malformed|body-not-allowed/,
  ],
  [
    `GET ${AT_REGISTRY}${MANIFEST} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    /malformed|body-not-allowed/,
  ],
  [
    `GET ${AT_REGISTRY}${MANIFEST} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    /malformed|body-not-allowed/,
  ],
  [
    `GET ${AT_REGISTRY}${MANIFEST} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n`,
    /malformed|body-not-allowed/,
  ],
  [
    `GET ${AT_REGISTRY}${MANIFEST} HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n`,
    /malformed|body-not-allowed/,
  ],
  [`GET ${AT_REGISTRY}${MANIFEST} HTTP/9.9\r\nHost: localhost\r\n\r\n`, 'malformed'],
  [`GET ${AT_REGISTRY}${MANIFEST} x HTTP/1.1\r\nHost: localhost\r\n\r\n`, 'malformed'],
  [`G\0T ${AT_REGISTRY}${MANIFEST} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 'malformed'],
  [`CONNECT 127.0.0.1:OTHER HTTP/1.1\r\nHost: 127.0.0.1:OTHER\r\n\r\n`, /malformed|nothing/],
  [`GET / HTTP/1.1\r\nHost localhost\r\n\r\n`, 'malformed'],
];

const REDIRECTS = [
  'http://127.0.0.1:OTHER/',
  'http://localhost:OTHER/',
  'http://LOCALHOST:OTHER/',
  'http://localhost.:OTHER/',
  'http://[::1]:OTHER/',
  'http://[::ffff:127.0.0.1]:OTHER/',
  'http://[::ffff:7f00:1]:OTHER/',
  'http://[64:ff9b::127.0.0.1]:OTHER/',
  'http://127.1:OTHER/',
  'http://2130706433:OTHER/',
  'http://0x7f.1:OTHER/',
  'http://0177.0.0.1:OTHER/',
  'http://0:OTHER/',
  'http://0.0.0.0:OTHER/',
  'http://%31%32%37.0.0.1:OTHER/',
  'http://127%E3%80%820%E3%80%820%E3%80%821:OTHER/',
  'http:\\\\127.0.0.1:OTHER\\',
  '//127.0.0.1:OTHER/',
  '///127.0.0.1:OTHER/',
  '\\\\127.0.0.1:OTHER',
  '/\\127.0.0.1:OTHER/',
  'http://REGISTRY@127.0.0.1:OTHER/',
  'https://127.0.0.1:OTHER/',
  'https://127.0.0.1/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'http://169.254.169.254/latest/meta-data/',
  'https://100.100.100.200/',
  'https://[fd00:ec2::254]/',
  'https://[fe80::1]/',
  'https://8.8.8.8/',
  'https://localhost/',
  'https://a.localhost/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://registry.lan/',
  'https://intranet/',
  'https://cdn.example.com./',
  'https://cdn.example.com:8443/',
  'http://cdn.example.com/',
  'https://user@cdn.example.com/',
  'https://user:password@cdn.example.com/',
  'http://user:password@REGISTRY/v2/',
  'ftp://cdn.example.com/',
  'file:///etc/passwd',
  'data:text/plain,hi',
  'javascript:alert(1)',
  'blob:https://cdn.example.com/1',
] as const;

const REALMS = [
  'http://127.0.0.1:OTHER/auth',
  'http://localhost:OTHER/auth',
  'http://[::ffff:7f00:1]:OTHER/auth',
  'http://2130706433:OTHER/auth',
  'http://0.0.0.0:OTHER/auth',
  '//127.0.0.1:OTHER/auth',
  'https://127.0.0.1:OTHER/auth',
  'https://169.254.169.254/auth',
  'https://metadata.google.internal/auth',
  'http://auth.example.com/auth',
  'https://auth.example.com:8443/auth',
  'https://user:password@auth.example.com/auth',
  'http://user:password@REGISTRY/auth',
  'https://[::1]/auth',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'http://',
] as const;

function head(status: string, lines: readonly string[], body = ''): string {
  return `${[`HTTP/1.1 ${status}`, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

/** Name, what the registry sends, what the page gets, and the path it asked for. */
const ANSWERS: readonly (readonly [string, string, string | RegExp, string])[] = [
  ['a redirect to nowhere', head('302 Found', ['Content-Length: 0']), 'upstream-answer', BLOB],
  ['a redirect to no address', head('302 Found', ['Location: http://', 'Content-Length: 0']), 'upstream-answer', BLOB],
  ['a status of no meaning here', head('201 Created', ['Content-Length: 0']), 'upstream-answer', BLOB],
  ['an upgrade', head('101 Switching Protocols', ['Upgrade: h2c', 'Connection: Upgrade']), /^upstream-/, MANIFEST],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', /^upstream-/, MANIFEST],
  ['HTTP/0.9', '<html>', /^upstream-/, MANIFEST],
  ['a head of 1 MB', head('200 OK', [`ETag: "${'x'.repeat(1_000_000)}"`]), /^upstream-/, MANIFEST],
  ['a line end in a header', head('200 OK', ['ETag: "a\rSet-Cookie: b"']), /^upstream-/, MANIFEST],
  ['two lengths', head('200 OK', ['Content-Length: 2', 'Content-Length: 3'], 'abc'), /^upstream-/, MANIFEST],
  [
    'a manifest over 4 MiB',
    head('200 OK', ['Content-Length: 5000000'], 'x'.repeat(5_000_000)),
    'manifest-too-large',
    MANIFEST,
  ],
  [
    'a manifest said to be gzip',
    head('200 OK', ['Content-Encoding: gzip', 'Content-Length: 2'], '{}'),
    'upstream-answer',
    MANIFEST,
  ],
  ['a manifest cut short', head('200 OK', ['Content-Length: 100'], '{}'), 'upstream-answer', MANIFEST],
  [
    'a manifest cut within a chunk',
    head('200 OK', ['Transfer-Encoding: chunked'], '64\r\n{}'),
    'upstream-answer',
    MANIFEST,
  ],
  ['a tag list cut short', head('200 OK', ['Content-Length: 100'], '{}'), 'upstream-answer', '/v2/ROW/tags/list'],
  ['a blob cut short', head('200 OK', ['Content-Length: 100'], 'blob'), 'cut', BLOB],
  ['a blob cut between chunks', head('200 OK', ['Transfer-Encoding: chunked'], '4\r\nblob\r\n'), 'cut', BLOB],
  [
    'a blob with a chunk of no size',
    head('200 OK', ['Transfer-Encoding: chunked'], '4\r\nblob\r\nxyz\r\n'),
    'cut',
    BLOB,
  ],
];

const TOKENS: readonly Row[] = [
  [head('302 Found', ['Location: http://127.0.0.1:OTHER/']), 'upstream-answer'],
  [head('307 Temporary Redirect', ['Location: http://REGISTRY/elsewhere']), 'upstream-answer'],
  [head('200 OK', ['Content-Length: 5'], 'hello'), 'upstream-answer'],
  [head('200 OK', ['Content-Length: 11'], '{"token":5}'), 'upstream-answer'],
  [head('200 OK', ['Content-Length: 29'], '{"__proto__":{"token":"abc"}}'), 'upstream-answer'],
  [head('200 OK', ['Content-Length: 10000012'], `{"token":"${'a'.repeat(10_000_000)}"}`), 'upstream-answer'],
  [head('204 No Content', []), 'upstream-answer'],
  [head('200 OK', ['Content-Length: 100'], '{"token":"abc"}'), 'upstream-answer'],
];

/** Of a name that may be asked, alone and beside an address that would do. */
const ADDRESSES = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '2001::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'no address',
] as const;
const PUBLIC_ADDRESS = '140.82.112.33';

/** Silence of a registry or of a client; each runs into a limit of time. */
const SLOW: readonly Attempt[] = [
  {
    name: 'slow: a registry that does not answer',
    request: wire(`${AT_REGISTRY}${MANIFEST}`),
    registry: { bytes: '', afterwards: 'silence' },
    outcome: 'upstream-timeout',
    reaches: 1,
    slow: true,
  },
  {
    name: 'slow: a registry that stops within the head',
    request: wire(`${AT_REGISTRY}${MANIFEST}`),
    registry: { bytes: 'HTTP/1.1 200 OK\r\nETag: ', afterwards: 'silence' },
    outcome: 'upstream-timeout',
    reaches: 1,
    slow: true,
  },
  {
    name: 'slow: a registry that stops within a manifest',
    request: wire(`${AT_REGISTRY}${MANIFEST}`),
    registry: { bytes: head('200 OK', ['Content-Length: 100'], '{'), afterwards: 'silence' },
    outcome: 'upstream-timeout',
    reaches: 1,
    slow: true,
  },
  {
    name: 'slow: a registry that stops within a blob',
    request: wire(`${AT_REGISTRY}${BLOB}`),
    registry: { bytes: head('200 OK', ['Content-Length: 100'], 'blob'), afterwards: 'silence' },
    outcome: 'cut',
    reaches: 1,
    slow: true,
  },
  {
    name: 'slow: a client that stops within the head',
    request: `GET ${AT_REGISTRY}${MANIFEST} HTTP/1.1\r\nHost: localhost\r\nX-Slow: `,
    outcome: 'malformed',
    slow: true,
    // Cloudflare's edge takes whole heads before a Worker starts; workerd alone has no such limit.
    only: 'node',
  },
  {
    name: 'slow: a client that promises a body and never sends it',
    request: wire(`${AT_REGISTRY}${MANIFEST}`, ['Content-Length: 1000']),
    outcome: 'body-not-allowed',
  },
];

export const ATTEMPTS: readonly Attempt[] = [
  ...HOSTS.map(([host, outcome]) => {
    return { name: `host ${host}`, request: wire(`/relay/r/${host}${MANIFEST}`), outcome };
  }),
  ...PATHS.map(([path, outcome]) => {
    return { name: `path ${visible(path)}`, request: wire(`${AT_REGISTRY}${path}`), outcome };
  }),
  ...TARGETS.map(([target, outcome]) => ({ name: `target ${target}`, request: wire(target), outcome })),
  {
    name: 'target with a fragment',
    request: wire(`${AT_REGISTRY}${MANIFEST}#x`),
    outcome: 'path-invalid',
    // workerd's HTTP takes fragments off before anyone sees them; what is left is an ordinary request.
    only: 'node',
  },
  {
    name: 'target in absolute form',
    request: wire(`http://localhost${AT_REGISTRY}${MANIFEST}`),
    outcome: 'nothing',
    // Likewise: workerd reads the path out of it.
    only: 'node',
  },
  ...METHODS.map((method) => ({
    name: `method ${method}`,
    request: wire(`${AT_REGISTRY}${MANIFEST}`, [], { method }),
    outcome: /method-not-allowed|malformed/,
  })),
  {
    name: 'method HEAD for a token',
    request: wire(`${AT_REGISTRY}/token?scope=repository:ROW:pull`, [], { method: 'HEAD' }),
    outcome: 'method-not-allowed',
  },
  {
    name: 'method hidden in a header',
    request: wire(`${AT_REGISTRY}/v2/`, ['X-HTTP-Method-Override: GET'], { method: 'DELETE' }),
    outcome: 'method-not-allowed',
  },
  ...HEADERS.map(([lines, outcome]) => {
    const body = /^(Content-Length|Transfer)/.test(lines) ? 'hi' : '';
    return { name: `header ${visible(lines)}`, request: wire(`${AT_REGISTRY}${MANIFEST}`, [lines], { body }), outcome };
  }),
  {
    name: 'credentials for a token',
    request: wire(`${AT_REGISTRY}/token?scope=repository:ROW:pull`, ['Authorization: Bearer abc']),
    outcome: 'credentials-not-allowed',
  },
  {
    name: 'preflight of a stranger’s page',
    request: wire(`${AT_REGISTRY}${MANIFEST}`, ['Origin: https://evil.example.com'], { method: 'OPTIONS' }),
    outcome: 'origin-not-allowed',
  },
  ...SMUGGLED.map(([request, outcome]) => ({ name: `request ${visible(request)}`, request, outcome })),
  ...REDIRECTS.map((redirect) => ({
    name: `redirect to ${redirect}`,
    request: wire(`${AT_REGISTRY}${BLOB}`),
    registry: { redirect },
    outcome: 'redirect-not-allowed',
    reaches: 1,
  })),
  {
    name: 'redirect in a circle',
    request: wire(`${AT_REGISTRY}${BLOB}`),
    registry: { redirect: `http://REGISTRY${BLOB}` },
    outcome: 'upstream-redirects',
    reaches: 6,
  },
  ...REALMS.map((realm) => ({
    name: `realm ${realm}`,
    request: wire(`${AT_REGISTRY}/token?scope=repository:ROW:pull`),
    registry: { realm },
    outcome: 'realm-not-allowed',
    reaches: 1,
  })),
  ...ANSWERS.map(([name, bytes, outcome, path]) => ({
    name: `answer: ${name}`,
    request: wire(`${AT_REGISTRY}${path}`),
    registry: { bytes, afterwards: 'end' } as const,
    outcome,
    reaches: 1,
  })),
  ...TOKENS.map(([token, outcome]) => ({
    name: `token ${visible(token)}`,
    request: wire('/relay/r/HONEST/token?scope=repository:ROW:pull'),
    registry: { token },
    outcome,
    reaches: 1,
  })),
  ...ADDRESSES.flatMap((address) =>
    [[address], [PUBLIC_ADDRESS, address]].map((resolves) => ({
      name: `a public name that means ${resolves.join(' and ')}`,
      request: wire(`/relay/r/ghcr.io${MANIFEST}`),
      outcome: 'address-not-allowed',
      resolves,
      only: 'node' as const,
    })),
  ),
  {
    name: 'redirect to a public name that means this machine',
    request: wire(`${AT_REGISTRY}${BLOB}`),
    registry: { redirect: 'https://cdn.example.com/blob' },
    outcome: 'address-not-allowed',
    reaches: 1,
    resolves: ['127.0.0.1'],
    only: 'node',
  },
  {
    name: 'realm at a public name that means this machine',
    request: wire(`${AT_REGISTRY}/token?scope=repository:ROW:pull`),
    registry: { realm: 'https://auth.example.com/auth' },
    outcome: 'address-not-allowed',
    reaches: 1,
    resolves: ['127.0.0.1'],
    only: 'node',
  },
  ...SLOW,
];
