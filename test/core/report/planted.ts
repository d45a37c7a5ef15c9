/** Requests with a secret planted wherever one may stand, as they are recorded. */
import fc from 'fast-check';
import { type EndedRequest, recordingFetch } from '../../../src/core/report/recording-fetch.ts';
import { describeRequest, type RequestRecord } from '../../../src/core/report/request-record.ts';
import { unreachable } from '../registry/fake-fetch.ts';

/** Every secret begins like this, which nothing else does, and which no encoding of addresses or JSON changes. */
const MARK = 's3cr3t';

const secrets = fc
  .string({
    unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~+/='),
    minLength: 8,
    maxLength: 40,
  })
  .map((text) => `${MARK}${text}`);

const names = fc.constantFrom(
  'token',
  'sig',
  'X-Amz-Signature',
  'access_token',
  'password',
  'anything',
  'service',
  'scope',
  '__proto__',
);

/** A way to put the secret into a request or its answer. */
type Plant = (secret: string, request: MutableRequest, name: string) => void;

interface MutableRequest {
  address: string;
  init: { method: string; headers: Record<string, string>; body?: string };
  answer:
    | { status: number; headers: [string, string][]; body: string; redirectedTo: string | undefined }
    | 'unreachable';
}

const escaped = encodeURIComponent;

function inHeader(header: string, value: (secret: string, name: string) => string): Plant {
  return (secret, { answer }, name) => {
    if (answer !== 'unreachable') answer.headers.push([header, value(secret, name)]);
  };
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  'the user of the address': (secret, request) => {
    request.address = request.address.replace('https://', `https://user:${escaped(secret)}@`);
  },
  'a value of the query': (secret, request, name) => {
    // A service is a name that the registry made public, and looks like one.
    const value = name === 'service' || name === 'scope' ? `|${secret}` : secret;
    request.address += `?service=registry.example&${name}=${escaped(value)}`;
  },
  'a name of the query': (secret, request) => {
    request.address += `?${escaped(secret)}`;
  },
  'the fragment': (secret, request) => {
    request.address += `#${secret}`;
  },
  'Authorization with Bearer': (secret, { init }) => {
    init.headers.Authorization = `Bearer ${secret}`;
  },
  'Authorization with Basic': (secret, { init }) => {
    init.headers.Authorization = `Basic ${btoa(`user:${secret}`)}`;
  },
  'Authorization with something else': (secret, { init }) => {
    init.headers.Authorization = secret;
  },
  'a header of the request': (secret, { init }) => {
    init.headers['X-Registry-Auth'] = secret;
  },
  'a form': (secret, { init }) => {
    init.method = 'POST';
    init.body = `grant_type=refresh_token&refresh_token=${escaped(secret)}`;
  },
  'the body of an error': (secret, { answer }) => {
    if (answer === 'unreachable') return;
    answer.status = 403;
    answer.body = JSON.stringify({ errors: [{ code: 'DENIED', message: `bad token ${secret}`, detail: secret }] });
  },
  'the code of an error': (secret, { answer }) => {
    if (answer === 'unreachable') return;
    answer.status = 404;
    answer.body = JSON.stringify({ errors: [{ code: secret.toUpperCase() }, { code: secret }] });
  },
  'where it was redirected to': (secret, { answer }, name) => {
    if (answer !== 'unreachable')
      answer.redirectedTo = `https://u:${escaped(secret)}@blobs.example/a?${name === 'service' || name === 'scope' ? 'sig' : name}=${escaped(secret)}`;
  },
  'a cookie': inHeader('Set-Cookie', (secret) => `session=${secret}`),
  'a token in a header': inHeader('X-Auth-Token', (secret) => secret),
  'Authentication-Info': inHeader('Authentication-Info', (secret) => `nextnonce="${secret}"`),
  Location: inHeader('Location', (secret) => `/v2/a/b/blobs/x?_state=${escaped(secret)}&n=1`),
  Link: inHeader('Link', (secret) => `</v2/_catalog?next_page=${escaped(secret)}&n=100>; rel="next", ${secret}`),
  'the realm of Bearer': inHeader('WWW-Authenticate', (secret, name) => {
    const param = name === 'service' || name === 'scope' ? 'sig' : name;
    return `Bearer realm="https://u:${escaped(secret)}@auth.example/token?${param}=${escaped(secret)}",service="registry.example"`;
  }),
  'a parameter of a challenge': inHeader(
    'WWW-Authenticate',
    (secret) => `Digest realm="a", nonce="${secret}", opaque="${secret}"`,
  ),
  'a challenge’s own token': inHeader(
    'WWW-Authenticate',
    (secret) => `Negotiate ${btoa(secret)}${secret.replace(/[^A-Za-z0-9]/g, '')}, Basic realm="a"`,
  ),
  'a challenge that is none': inHeader('WWW-Authenticate', (secret) => `${secret.replace(/[^A-Za-z0-9]/g, '')} x="y"`),
};

export interface PlantedRequest extends MutableRequest {
  readonly secret: string;
}

/** One request with its secret in one or several places: in those given, or in any. */
export function planted(places?: readonly string[]): fc.Arbitrary<PlantedRequest> {
  const somePlaces = fc.uniqueArray(fc.constantFrom(...Object.keys(PLANTS)), { minLength: 1, maxLength: 3 });
  return fc
    .record({
      secret: secrets,
      places: places === undefined ? somePlaces : fc.constant([...places]),
      name: names,
      status: fc.constantFrom(200, 206, 401, 403, 404, 429, 500, 0),
      path: fc.constantFrom('/v2/a/b/manifests/1', '/v2/a/b/blobs/sha256:abc', '/token', '/'),
    })
    .map(({ secret, places: chosen, name, status, path }) => {
      const made: MutableRequest = {
        address: `https://registry.example${path}`,
        init: { method: 'GET', headers: { Accept: 'application/json' } },
        answer: status === 0 ? 'unreachable' : { status, headers: [], body: '{}', redirectedTo: undefined },
      };
      for (const place of chosen) PLANTS[place]?.(secret, made, name);
      return { ...made, secret };
    });
}

/** What is recorded of such a request, by the same way as in the page. */
export async function record(made: MutableRequest): Promise<RequestRecord> {
  const { answer } = made;
  const ended: EndedRequest[] = [];
  const send = async (): Promise<Response> => {
    if (answer === 'unreachable') return unreachable();
    const response = new Response(answer.body, { status: answer.status, headers: answer.headers });
    if (answer.redirectedTo !== undefined) {
      Object.defineProperties(response, { redirected: { value: true }, url: { value: answer.redirectedTo } });
    }
    return response;
  };
  await recordingFetch(send, (one) => ended.push(one))(made.address, made.init).then(
    (response) => response.text(),
    () => undefined,
  );
  const [only] = ended;
  if (only === undefined || ended.length !== 1) throw new Error(`${ended.length} requests were recorded`);
  return describeRequest(only, 'direct');
}

/** The forms in which a secret, or a part of it from its beginning, could stand in a text. */
export function formsOf(secret: string): string[] {
  return [MARK, btoa(secret).slice(0, 8), btoa(`user:${secret}`).slice(0, 16)];
}
