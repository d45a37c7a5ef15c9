import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PulltabError } from '../../src/core/errors.ts';
import { parseReference } from '../../src/core/parse-reference.ts';
import { parsePastedReference } from '../../src/core/pasted-reference.ts';
import { formatCanonical, formatReference, isBareReference, type Reference } from '../../src/core/reference.ts';
import { referenceText } from './reference-arbitraries.ts';

const HEX = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';
const DIGEST = `sha256:${HEX}`;
const LONG = `sha512:${HEX}${HEX}`;

/** The message of the error that reading this text ends with. */
function refusal(text: string): string {
  try {
    parseReference(text);
  } catch (error) {
    if (!(error instanceof PulltabError)) throw error;
    expect(error.code).toBe('reference-invalid');
    return error.message;
  }
  throw new Error(`“${text}” was taken for a reference`);
}

describe('names', () => {
  // The rules are those of `docker pull`: https://github.com/distribution/reference (normalize.go, regexp.go). Held
  // against skopeo 1.9.3, which uses that library, by what it writes into RepoTags:
  //   skopeo copy oci:layout:tag docker-archive:out.tar:REFERENCE && tar -xOf out.tar manifest.json
  // Pulltab goes further where two names mean the same: hosts in lower case, all names of Docker Hub, ports, IPv6.
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['library/nginx', 'docker.io/library/nginx:latest'],
    ['org/app', 'docker.io/org/app:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['registry-1.docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['registry.hub.docker.com/library/nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/org/app:1', 'docker.io/org/app:1'],
    ['ghcr.io/org/app:1.2', 'ghcr.io/org/app:1.2'],
    ['GHCR.io/org/app', 'ghcr.io/org/app:latest'],
    [`app@${DIGEST}`, `docker.io/library/app@${DIGEST}`],
    [`app:1.2@${DIGEST}`, `docker.io/library/app:1.2@${DIGEST}`],
    [`app@${LONG}`, `docker.io/library/app@${LONG}`],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry:5000/app', 'registry:5000/app:latest'],
    ['registry/app', 'docker.io/registry/app:latest'],
    ['10.0.0.7:5000/team/app:x', '10.0.0.7:5000/team/app:x'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['[0:0:0:0:0:0:0:1]/app', '[::1]/app:latest'],
    ['[2001:DB8::1]/app', '[2001:db8::1]/app:latest'],
    ['host.example:05000/app', 'host.example:5000/app:latest'],
    ['app:latest', 'docker.io/library/app:latest'],
    ['app:_x.Y-1', 'docker.io/library/app:_x.Y-1'],
    ['a_b/c__d/e-f/g---h/i.j', 'docker.io/a_b/c__d/e-f/g---h/i.j:latest'],
    ['ghcr.io/a', 'ghcr.io/a:latest'],
    [`ghcr.io/org/app:${'t'.repeat(128)}`, `ghcr.io/org/app:${'t'.repeat(128)}`],
    [
      `${'h'.repeat(62)}.${'h'.repeat(62)}.${'h'.repeat(62)}.${'h'.repeat(60)}.io/a`,
      `${'h'.repeat(62)}.${'h'.repeat(62)}.${'h'.repeat(62)}.${'h'.repeat(60)}.io/a:latest`,
    ],
    [`ghcr.io/${'r'.repeat(255)}`, `ghcr.io/${'r'.repeat(255)}:latest`],
    ['xn--bcher-kva.example/app', 'xn--bcher-kva.example/app:latest'],
    [`${HEX}:1`, `docker.io/library/${HEX}:1`],
    ['5000/app', 'docker.io/5000/app:latest'],
  ])('%s is %s', (text, canonical) => {
    expect(formatCanonical(parseReference(text))).toBe(canonical);
  });

  test('the parts stand apart', () => {
    expect(parseReference(`localhost:5000/org/app:1.2@${DIGEST}`)).toEqual({
      registry: 'localhost:5000',
      repository: 'org/app',
      tag: '1.2',
      digest: DIGEST,
    });
    expect(parseReference(`nginx@${DIGEST}`)).not.toHaveProperty('tag');
  });
});

describe('refusals', () => {
  const REFUSED: readonly (readonly [string, string])[] = [
    ['', 'it is empty'],
    ['nginx alpine', 'it holds a space'],
    ['nginx:', 'the tag after the colon is empty'],
    [`nginx:${'t'.repeat(129)}`, 'the tag has 129 characters; at most 128'],
    ['nginx:-1', 'starts with -; it has to start with'],
    ['nginx:.1', 'starts with .; it has to start with'],
    ['nginx:1+2', 'the tag “1+2” holds characters other than'],
    ['Nginx', 'a repository is written in lower case: nginx'],
    ['ghcr.io/Org/App', 'a repository is written in lower case: org/app'],
    ['ghcr.io/', 'it names a registry but no repository'],
    ['[::1]:5000', 'it names a registry but no repository'],
    ['org//app', 'it has an empty part beside a slash'],
    ['/app', 'it has an empty part beside a slash'],
    ['org/app/', 'it has an empty part beside a slash'],
    ['org/-app', '“-app” starts or ends with . _ or -'],
    ['org/a..b', 'in “a..b”, . and _ stand alone or as __'],
    ['org/a___b', 'in “a___b”, . and _ stand alone or as __'],
    ['org/bücher', '“bücher” holds characters other than a–z'],
    [`ghcr.io/${'r'.repeat(256)}`, 'the repository has 256 characters; at most 255'],
    [`${'n'.repeat(250)}`, 'the repository has 258 characters; at most 255'],
    ['host.example:0/app', 'the port “0” is not a number from 1 to 65535'],
    ['host.example:70000/app', 'the port “70000” is not a number from 1 to 65535'],
    ['host.example:1.2/app', 'the port “1.2” is not a number from 1 to 65535; a tag comes last'],
    [':5000/app', 'the registry’s name is empty'],
    ['host_name.example/app', '“host_name.example” is not the name or address of a registry'],
    ['-host.example/app', '“-host.example” is not the name or address of a registry'],
    ['127.1:5000/app', '“127.1” is not the name or address of a registry'],
    ['[::g]/app', '“[::g]” is not the name or address of a registry'],
    [`${'h'.repeat(250)}.com/app`, 'the registry’s name has more than 253 characters'],
    [`app@sha256:${HEX.slice(1)}`, 'it has 63 hexadecimal digits where sha256 has 64'],
    [`app@sha256:${HEX.toUpperCase()}`, 'it holds characters other than 0–9 and lower-case a–f'],
    ['app@md5:d41d8cd98f00b204e9800998ecf8427e', 'the digest’s algorithm md5 is not sha256 or sha512'],
    ['app@1.2', 'what follows @ is not a digest'],
    ['user:secret@ghcr.io/app', 'it holds a user name or a password'],
    [HEX, 'it is the ID of a local image'],
    [DIGEST, 'it is a digest alone'],
    [`@${DIGEST}`, 'the repository’s name is missing'],
    [':1', 'the repository’s name is missing'],
    ['@foo', 'what follows @ is not a digest'],
    [`docker.io/${HEX.replace(/./g, 'a')}/`, 'it has an empty part beside a slash'],
  ];
  test.each(REFUSED)('%s: %s', (text, why) => {
    expect(refusal(text)).toContain(why);
  });
});

describe('the familiar form', () => {
  test.each([
    ['docker.io/library/nginx:1', 'nginx:1'],
    ['docker.io/library/a/b:1', 'library/a/b:1'],
    ['docker.io/org/app:1', 'org/app:1'],
    ['docker.io/localhost/app:1', 'docker.io/localhost/app:1'],
    ['docker.io/a.b/app:1', 'docker.io/a.b/app:1'],
    [`docker.io/library/${HEX}:1`, `docker.io/library/${HEX}:1`],
    [`docker.io/library/sha256:${HEX}`, `docker.io/library/sha256:${HEX}`],
    ['ghcr.io/library/nginx:1', 'ghcr.io/library/nginx:1'],
  ])('of %s is %s', (text, familiar) => {
    expect(formatReference(parseReference(text))).toBe(familiar);
  });
});

describe('for every text', () => {
  const read = (text: string): Reference | undefined => {
    try {
      return parsePastedReference(text).reference;
    } catch (error) {
      if (error instanceof PulltabError) return undefined;
      throw error;
    }
  };

  test('both forms of a valid reference are read back to it', () => {
    fc.assert(
      fc.property(referenceText(), (text) => {
        const reference = parseReference(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
        expect(parseReference(formatCanonical(reference))).toEqual(reference);
      }),
      { numRuns: 1000 },
    );
  });

  test('a valid reference with a character changed is read to one that is stable, or refused', () => {
    const mutated = fc
      .tuple(referenceText(), fc.nat(), fc.oneof(fc.constantFrom(...':/@.-_[] %?#"A0'), fc.string({ maxLength: 2 })))
      .map(([text, at, piece]) => {
        const index = at % (text.length + 1);
        return text.slice(0, index) + piece + text.slice(index + (at % 2));
      });
    fc.assert(
      fc.property(mutated, (text) => {
        const reference = read(text);
        if (reference !== undefined) expect(parseReference(formatReference(reference))).toEqual(reference);
      }),
      { numRuns: 2000 },
    );
  });

  test('a bare reference is read the same with and without what takes pasted forms off', () => {
    fc.assert(
      fc.property(fc.oneof(referenceText(), fc.string({ unit: fc.constantFrom(...'ab.:/@-_[]1') })), (text) => {
        if (!isBareReference(text)) return;
        const outcome = (parse: () => Reference): unknown => {
          try {
            return parse();
          } catch (error) {
            return error instanceof PulltabError ? error.message : error;
          }
        };
        expect(outcome(() => parseReference(text))).toEqual(outcome(() => parsePastedReference(text).reference));
      }),
      { numRuns: 2000 },
    );
  });

  test('nothing but a PulltabError is thrown', () => {
    const words = fc.constantFrom(
      'docker',
      'pull',
      '--platform',
      'nginx',
      'https://',
      'hub.docker.com/',
      '@',
      ':',
      '"',
      ' ',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.array(fc.oneof(words, fc.string({ maxLength: 4 })), { maxLength: 8 }).map((parts) => parts.join('')),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
    );
    fc.assert(
      fc.property(texts, (text) => void read(text)),
      { numRuns: 2000 },
    );
  });

  test('a very long text is judged at once', () => {
    for (const text of [
      'a'.repeat(1e6),
      'a-'.repeat(5e5),
      'a/'.repeat(5e5),
      ' '.repeat(1e6),
      '"'.repeat(1e6),
      '[:'.repeat(5e5),
    ]) {
      expect(read(text)).toBeUndefined();
    }
  });
});
