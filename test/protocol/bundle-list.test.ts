import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BundleList, formatBundleList, parseBundleList } from '../../src/protocol/bundle-list.ts';
import { formatRoute, parseRoute } from '../../src/protocol/route.ts';

describe('the list of a bundle', () => {
  test('is images in their order, each with the platforms behind it, and keeps what it does not know', () => {
    const query = 'later=1&image=nginx:1.27&platform=linux/amd64&platform=linux/arm64&note=a%26b&image=ghcr.io/org/app';
    expect(parseBundleList(query)).toEqual({
      unknown: [['later', '1']],
      entries: [
        { image: 'nginx:1.27', platforms: ['linux/amd64', 'linux/arm64'], unknown: [['note', 'a&b']] },
        { image: 'ghcr.io/org/app', platforms: [], unknown: [] },
      ],
    });
    expect(formatBundleList(parseBundleList(query))).toBe(query);
  });

  test.each([
    ['image=%&image=b', ['%', 'b']],
    ['image=UPPER/x&image=', ['UPPER/x', '']],
    ['platform=linux/amd64&image=b', ['', 'b']],
    ['image', ['']],
    ['', []],
  ])('of %j loses nothing of what is right: %j', (query, images) => {
    expect(parseBundleList(query).entries.map(({ image }) => image)).toEqual(images);
  });

  test('is a route whose address stays as it is, with a broken escape as well', () => {
    const route = parseRoute('#/bundle?image=nginx&image=%&later=x');
    expect(route).toEqual({ name: 'bundle', query: 'image=nginx&image=%&later=x' });
    expect(formatRoute(route)).toBe('#/bundle?image=nginx&image=%&later=x');
    expect(formatRoute(parseRoute('#/bundle?'))).toBe('#/bundle');
  });

  test('is read back as it was written', () => {
    const pairs = fc.array(
      fc.tuple(
        fc.string().map((name) => `x${name}`),
        fc.string(),
      ),
    );
    const entry = fc.record({ image: fc.string(), platforms: fc.uniqueArray(fc.string()), unknown: pairs });
    const lists: fc.Arbitrary<BundleList> = fc.record({ entries: fc.array(entry), unknown: pairs });
    fc.assert(
      fc.property(lists, (list) => {
        expect(parseBundleList(formatBundleList(list))).toEqual(list);
        const route = parseRoute(`#/bundle?${formatBundleList(list)}`);
        if (route.name !== 'bundle') throw new Error(`it is ${route.name}`);
        expect(parseBundleList(route.query)).toEqual(list);
      }),
      { numRuns: 500 },
    );
  });
});
