import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PulltabError } from '../../src/core/errors.ts';
import {
  formatPlatform,
  isPlatformText,
  matchPlatform,
  normalizePlatform,
  parsePlatform,
} from '../../src/core/platform.ts';

describe('spellings', () => {
  // The same table as containerd's: https://github.com/containerd/platforms/blob/main/platforms_test.go
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/i386', 'linux/386'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm64/v8.2', 'linux/arm64/v8.2'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/arm/v5', 'linux/arm/v5'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['arm64', 'linux/arm64'],
    ['s390x', 'linux/s390x'],
    ['LINUX/AMD64', 'linux/amd64'],
    ['macos/arm64', 'darwin/arm64'],
    ['windows(10.0.20348.2113)/amd64', 'windows(10.0.20348.2113)/amd64'],
    [' linux/ppc64le ', 'linux/ppc64le'],
  ])('%s is %s', (text, formatted) => {
    expect(formatPlatform(parsePlatform(text))).toBe(formatted);
    expect(parsePlatform(formatted)).toEqual(parsePlatform(text));
  });

  test.each([
    ['', 'it is empty'],
    ['linux', 'it names no architecture'],
    ['linux/', 'it has an empty part'],
    ['/amd64', 'it has an empty part'],
    ['linux/arm/v7/x', 'more than the three parts'],
    ['linux/am d64', 'the part “am d64” holds characters'],
    ['li*nux/amd64', 'the part “li*nux” holds characters'],
    ['linux/arm/v 7', 'the part “v 7” holds characters'],
    ['windows(10/amd64', 'the part “windows(10” holds characters'],
    ['a b', 'the part “a b” holds characters'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parsePlatform(text)).toThrow(
      expect.objectContaining({
        code: 'platform-invalid',
        attempted: `read the platform “${text}”`,
        seen: expect.stringContaining(why),
      }),
    );
  });
});

describe('the child of an index that runs on a machine', () => {
  const pick = (children: readonly string[], wanted: string) =>
    matchPlatform(
      children.map((text) => ({ text, platform: text === '' ? undefined : parsePlatform(text) })),
      parsePlatform(wanted),
    )?.text;

  test.each([
    // exact
    [['linux/amd64', 'linux/arm64'], 'linux/arm64', 'linux/arm64'],
    [['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v6', 'linux/arm/v6'],
    // never another system or architecture
    [['linux/386'], 'linux/amd64', undefined],
    [['linux/arm/v7'], 'linux/arm64', undefined],
    [['windows/amd64'], 'linux/amd64', undefined],
    [['linux/amd64'], 'windows/amd64', undefined],
    [['linux/ppc64'], 'linux/ppc64le', undefined],
    [[], 'linux/amd64', undefined],
    [[''], 'linux/amd64', undefined],
    // the highest variant that is not above the wanted one
    [['linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7'], 'linux/arm', 'linux/arm/v7'],
    [['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v7', 'linux/arm/v6'],
    [['linux/arm/v7'], 'linux/arm/v6', undefined],
    [['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v3', 'linux/amd64/v4'], 'linux/amd64/v3', 'linux/amd64/v3'],
    [['linux/amd64', 'linux/amd64/v4'], 'linux/amd64/v3', 'linux/amd64'],
    [['linux/amd64/v2'], 'linux/amd64', undefined],
    [['linux/arm64', 'linux/arm64/v9'], 'linux/arm64', 'linux/arm64'],
    [['linux/arm64/v8.2', 'linux/arm64'], 'linux/arm64/v9', 'linux/arm64/v8.2'],
    [['linux/arm64/v8.6'], 'linux/arm64/v9', undefined],
    [['linux/arm64/v8.9'], 'linux/arm64/v9.4', 'linux/arm64/v8.9'],
    [['linux/arm64/v9'], 'linux/arm64/v8.9', undefined],
    // unknown variants are matched as they are, or not at all
    [['linux/riscv64/rva22', 'linux/riscv64'], 'linux/riscv64', 'linux/riscv64'],
    [['linux/riscv64/rva22'], 'linux/riscv64', undefined],
    [['linux/riscv64'], 'linux/riscv64/rva22', 'linux/riscv64'],
    [['linux/amd64/fast'], 'linux/amd64/v3', undefined],
    // the first of equals
    [['linux/amd64/v1', 'linux/amd64'], 'linux/amd64', 'linux/amd64/v1'],
    // Windows: the same build, its highest revision
    [
      ['windows(10.0.17763.1)/amd64', 'windows(10.0.20348.1)/amd64'],
      'windows(10.0.20348.7)/amd64',
      'windows(10.0.20348.1)/amd64',
    ],
    [
      ['windows(10.0.20348.9)/amd64', 'windows(10.0.20348.11)/amd64'],
      'windows(10.0.20348.7)/amd64',
      'windows(10.0.20348.11)/amd64',
    ],
    [
      ['windows(10.0.20348.11)/amd64', 'windows(10.0.20348.9)/amd64'],
      'windows(10.0.20348.9)/amd64',
      'windows(10.0.20348.9)/amd64',
    ],
    [
      ['windows(10.0.20348.11)/amd64', 'windows(10.0.20348.9)/amd64'],
      'windows(10.0.20348.7)/amd64',
      'windows(10.0.20348.11)/amd64',
    ],
    [['windows(10.0.17763.1)/amd64'], 'windows(10.0.20348.7)/amd64', undefined],
    [['windows(10.0.17763.1)/amd64', 'windows(10.0.20348.1)/amd64'], 'windows/amd64', 'windows(10.0.20348.1)/amd64'],
  ] satisfies readonly (readonly [readonly string[], string, string | undefined])[])(
    'of %j on %s is %s',
    (children, wanted, expected) => {
      expect(pick(children, wanted)).toBe(expected);
    },
  );

  test('needs the features that it names', () => {
    const plain = { platform: { os: 'windows', architecture: 'amd64' } };
    const gui = { platform: { os: 'windows', architecture: 'amd64', osFeatures: ['win32k'] } };
    const wanted = { os: 'windows', architecture: 'amd64', osFeatures: ['other'] };
    expect(matchPlatform([gui, plain], wanted)).toBe(plain);
    expect(matchPlatform([gui], wanted)).toBeUndefined();
    expect(matchPlatform([gui], { ...wanted, osFeatures: ['win32k', 'other'] })).toBe(gui);
  });
});

describe('for every platform', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
  const known = fc.constantFrom('amd64', 'arm', 'arm64', 'armhf', 'aarch64', 'i386', 'x86_64', 'riscv64');
  const platform = fc
    .tuple(
      fc.constantFrom('linux', 'windows', 'macos', 'Linux'),
      fc.oneof(known, word),
      fc.option(fc.stringMatching(/^v?[0-9]{1,2}(\.[0-9])?$/)),
    )
    .map(([os, architecture, variant]) => ({ os, architecture, ...(variant === null ? {} : { variant }) }));

  test('normalizing twice changes nothing, and the text is read back', () => {
    fc.assert(
      fc.property(platform, (value) => {
        const once = normalizePlatform(value);
        expect(normalizePlatform(once)).toEqual(once);
        expect(isPlatformText(value)).toBe(true);
        expect(parsePlatform(formatPlatform(value))).toEqual(once);
      }),
    );
  });

  test('a choice never has another system or architecture, and the machine’s own platform is always taken', () => {
    fc.assert(
      fc.property(fc.array(platform, { maxLength: 6 }), platform, (values, wanted) => {
        const candidates = values.map((value) => ({ platform: value }));
        const chosen = matchPlatform(candidates, wanted);
        const target = normalizePlatform(wanted);
        if (chosen !== undefined) {
          const { os, architecture } = normalizePlatform(chosen.platform);
          expect({ os, architecture }).toEqual({ os: target.os, architecture: target.architecture });
        }
        const own = { platform: wanted };
        const best = matchPlatform([...candidates, own], wanted);
        expect(best === undefined ? undefined : normalizePlatform(best.platform)).toEqual(target);
      }),
    );
  });

  test('no text throws anything but a PulltabError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z0-9/().v]{0,20}$/)), (text) => {
        try {
          expect(parsePlatform(formatPlatform(parsePlatform(text)))).toEqual(parsePlatform(text));
        } catch (error) {
          if (!(error instanceof PulltabError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
