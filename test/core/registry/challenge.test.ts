import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bearerChallenge, CHALLENGE_LIMIT, parseChallenges } from '../../../src/core/registry/challenge.ts';

/** Challenges as plain values: `['bearer', { realm: '…' }]`. */
const parse = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('headers of real registries', () => {
  test.each([
    [
      'Docker Hub',
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
      { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:library/nginx:pull' },
    ],
    [
      'a token that is not enough',
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push",error="insufficient_scope"',
      {
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:a/b:pull,push',
        error: 'insufficient_scope',
      },
    ],
    [
      'NVIDIA, without a service',
      'Bearer realm="https://nvcr.io/proxy_auth", scope="repository:a:pull"',
      { realm: 'https://nvcr.io/proxy_auth', scope: 'repository:a:pull' },
    ],
    [
      'unquoted values',
      'Bearer realm=https://host/v2/token?x=1,service=host',
      { realm: 'https://host/v2/token?x=1', service: 'host' },
    ],
    [
      'spaces around everything',
      '  Bearer\trealm = "https://host/t" ,  service =host , ',
      { realm: 'https://host/t', service: 'host' },
    ],
    ['other cases', 'BEARER Realm="https://host/t",SERVICE="host"', { realm: 'https://host/t', service: 'host' }],
    [
      'escapes',
      String.raw`Bearer realm="https://host/\"t\\x\"",service="a\,b"`,
      { realm: String.raw`https://host/"t\x"`, service: 'a,b' },
    ],
    ['empty values', 'Bearer realm="",service=', { realm: '', service: '' }],
    ['a key twice', 'Bearer realm="https://one/",realm="https://two/"', { realm: 'https://one/' }],
    [
      'nothing between two parameters',
      'Bearer realm="https://host/t"service="host"',
      { realm: 'https://host/t', service: 'host' },
    ],
    [
      'commas without anything',
      'Bearer realm="https://host/t",,,service="host"',
      { realm: 'https://host/t', service: 'host' },
    ],
  ])('%s', (_, header, parameters) => {
    expect(parse(header)).toEqual([['bearer', parameters]]);
  });
});

describe('several challenges in one header', () => {
  test.each([
    [
      'Basic realm="r", Bearer realm="https://host/t",service="s"',
      [
        ['basic', { realm: 'r' }],
        ['bearer', { realm: 'https://host/t', service: 's' }],
      ],
    ],
    [
      'Bearer realm="https://host/t",scope="a:pull,push",Basic realm="r"',
      [
        ['bearer', { realm: 'https://host/t', scope: 'a:pull,push' }],
        ['basic', { realm: 'r' }],
      ],
    ],
    [
      'Negotiate, Basic realm="r"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'r' }],
      ],
    ],
    [
      'Negotiate YIIBhg==, Bearer realm="https://host/t"',
      [
        ['negotiate', {}],
        ['bearer', { realm: 'https://host/t' }],
      ],
    ],
    [
      'NTLM,Negotiate,Bearer realm="https://host/t"',
      [
        ['ntlm', {}],
        ['negotiate', {}],
        ['bearer', { realm: 'https://host/t' }],
      ],
    ],
    ['Bearer', [['bearer', {}]]],
  ])('%s', (header, challenges) => {
    expect(parse(header)).toEqual(challenges);
  });
});

describe('what cannot be read ends the list, and what came before it stays', () => {
  test.each([
    ['', []],
    [' , ', []],
    ['"Bearer"', []],
    ['realm="https://host/t"', []],
    ['Bearer realm="https://host/t', [['bearer', {}]]],
    ['Bearer service="s",realm="https://host/t', [['bearer', { service: 's' }]]],
    [String.raw`Bearer realm="https://host/t\"`, [['bearer', {}]]],
    ['Bearer realm="a" ; x', [['bearer', { realm: 'a' }]]],
    ['Bearer/1 realm="a"', []],
    ['Bearer realm="a",Bearer:x', [['bearer', { realm: 'a' }]]],
  ])('%s', (header, challenges) => {
    expect(parse(header)).toEqual(challenges);
  });
});

test.each([
  ['Basic realm="r", Bearer realm="https://host/t"', { realm: 'https://host/t', service: undefined, error: undefined }],
  [
    'Bearer realm="", Bearer realm="https://host/t",service=""',
    { realm: 'https://host/t', service: undefined, error: undefined },
  ],
  [
    'Bearer service="s", Bearer realm="/token",error="invalid_token"',
    { realm: '/token', service: undefined, error: 'invalid_token' },
  ],
  ['Basic realm="https://host/t"', undefined],
  ['Bearer service="s"', undefined],
])('the Bearer challenge of %s', (header, expected) => {
  expect(bearerChallenge(parseChallenges(header))).toEqual(expected);
});

describe('for every header', () => {
  test('reading ends, without an error', () => {
    const piece = fc.constantFrom(
      'Bearer',
      ' ',
      ',',
      '=',
      '"',
      '\\',
      'realm',
      'https://a/',
      '\t',
      'Basic',
      '==',
      ';',
      '\n',
      'é',
    );
    const header = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary', maxLength: 100 }),
    );
    fc.assert(
      fc.property(header, (text) => {
        const names = parseChallenges(text).flatMap(({ scheme, parameters }) => [scheme, ...parameters.keys()]);
        expect(names.filter((name) => !/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test('challenges that are written by the rules are read back', () => {
    const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const value = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
    const challenge = fc.tuple(token, fc.dictionary(token, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }));
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
        const header = challenges
          .map(([scheme, parameters]) => {
            const list = Object.entries(parameters).map(([key, text]) => `${key}="${text.replace(/["\\]/g, '\\$&')}"`);
            return `${scheme} ${list.join(',')}`;
          })
          .join(', ');
        expect(parse(header)).toEqual(challenges);
      }),
      { numRuns: 300 },
    );
  });

  test('a huge one is cut, and read at once', () => {
    const long = `Bearer realm="${'a'.repeat(CHALLENGE_LIMIT)}",service="s"`;
    expect(parse(long)).toEqual([['bearer', {}]]);
    for (const text of ['Bearer,'.repeat(1e5), '='.repeat(1e6), 'Bearer a='.repeat(1e5), 'Bearer ==='.repeat(1e5)]) {
      expect(parseChallenges(text).length).toBeLessThanOrEqual(CHALLENGE_LIMIT);
    }
  });
});
