/** Valid references for property tests, built from the grammar and not by the code under test. */
import fc from 'fast-check';

const word = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';
const HEX = '0123456789abcdef';

const pathPart = fc
  .tuple(
    word(LOWER, 1, 6),
    fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '--', '-----'), word(LOWER, 1, 4)), { maxLength: 3 }),
  )
  .map(([first, more]) => first + more.flat().join(''));

const repositoryName = (): fc.Arbitrary<string> =>
  fc.array(pathPart, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

const tagName = (): fc.Arbitrary<string> =>
  fc.tuple(word(`${LOWER}ABCXYZ_`, 1, 1), word(`${LOWER}ABCXYZ_.-`, 0, 20)).map(([first, rest]) => first + rest);

export const digestText = (): fc.Arbitrary<string> =>
  fc.oneof(
    word(HEX, 64, 64).map((hex) => `sha256:${hex}`),
    word(HEX, 128, 128).map((hex) => `sha512:${hex}`),
  );

const host = fc.oneof(
  fc.constantFrom(
    'docker.io',
    'ghcr.io',
    'localhost',
    'index.docker.io',
    'registry.hub.docker.com',
    '[::1]',
    '[2001:db8::7]',
  ),
  fc.domain().map((name) => name.toLowerCase()),
  fc.ipV4(),
);

const registry = fc
  .tuple(host, fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }))
  .map(([name, port]) => (port === undefined ? name : `${name}:${port}`));

/** With and without a registry, a tag, a digest. */
export const referenceText = (): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.option(registry, { nil: undefined }),
      repositoryName(),
      fc.option(tagName(), { nil: undefined }),
      fc.option(digestText(), { nil: undefined }),
    )
    // Without a registry, a first part with a dot would be one.
    .map(([at, ...rest]) => [at ?? (/^[^/]*\..*\//.test(rest[0]) ? 'docker.io' : undefined), ...rest] as const)
    .map(
      ([at, repository, tag, digest]) =>
        `${at === undefined ? '' : `${at}/`}${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
    );
