import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReference } from '../../src/core/parse-reference.ts';
import {
  formatRoute,
  parseRoute,
  type Route,
  readPasted,
  routeForText,
  routeFromSearch,
} from '../../src/protocol/route.ts';
import { referenceText } from '../core/reference-arbitraries.ts';

const DIGEST = 'sha256:b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c';

describe('an address', () => {
  test.each([
    ['', 'home'],
    ['#', 'home'],
    ['#/', 'home'],
    ['#/sample', 'sample'],
    ['#/settings', 'settings'],
    ['#/cache', 'cache'],
    ['#/activity', 'activity'],
    ['#/bundle', 'bundle'],
    ['#/open', 'open'],
    ['#/diagnose/nginx', 'diagnose'],
    ['#/nginx', 'image'],
    ['#nginx', 'image'],
    ['#/cache:latest', 'image'],
    ['#/docker pull nginx', 'pasted'],
    ['#/https://hub.docker.com/_/nginx', 'pasted'],
    ['#/Nginx', 'pasted'],
    ['#/a//b', 'pasted'],
    ['#/%', 'invalid'],
    ['#/nginx?platform=%E0%A4%A', 'invalid'],
  ])('%j is the route %s', (hash, name) => {
    expect(parseRoute(hash).name).toBe(name);
  });

  test('carries what is viewed, and keeps what it does not know', () => {
    const hash = `#/ghcr.io/org/app:1.2?platform=linux/arm64&view=layers&layer=${DIGEST}&path=/etc/os%20release&later=a%26b&line=1-2`;
    const route = parseRoute(hash);
    expect(route).toMatchObject({
      name: 'image',
      reference: { registry: 'ghcr.io', repository: 'org/app', tag: '1.2' },
      params: {
        platform: 'linux/arm64',
        view: 'layers',
        layer: DIGEST,
        path: '/etc/os release',
        line: '1-2',
        unknown: [['later', 'a&b']],
      },
    });
    expect(formatRoute(route)).toBe(
      `#/ghcr.io/org/app:1.2?platform=linux/arm64&view=layers&layer=${DIGEST}&path=/etc/os%20release&line=1-2&later=a%26b`,
    );
  });

  test('that is wrong keeps its text, so that it can be corrected', () => {
    expect(parseRoute('#/UPPER%20case/x')).toMatchObject({ name: 'pasted', text: 'UPPER case/x' });
    expect(parseRoute('#/UPPER/x?view=layers')).toMatchObject({
      name: 'pasted',
      text: 'UPPER/x',
      params: { view: 'layers' },
    });
  });

  test('with ?image= before the # is the same route', () => {
    expect(routeFromSearch('')).toBeUndefined();
    expect(routeFromSearch('?image=ghcr.io/org/app:1.2')).toEqual(parseRoute('#/ghcr.io/org/app:1.2'));
    expect(routeFromSearch('?image=a%3Fb')).toMatchObject({ name: 'pasted', text: 'a?b' });
  });
});

describe('typed text', () => {
  test('that names a page is the image of that name, except the sample', () => {
    expect(routeForText('cache')).toMatchObject({ name: 'image', reference: { repository: 'library/cache' } });
    expect(routeForText(' sample ')).toMatchObject({ name: 'sample' });
  });

  test.each([
    ['docker pull --platform linux/arm64 nginx', 'docker.io/library/nginx', 'linux/arm64'],
    ['https://quay.io/repository/org/app?tag=1', 'quay.io/org/app', undefined],
  ])('%s is read', async (text, name, platform) => {
    const typed = routeForText(text);
    if (typed.name !== 'pasted') throw new Error(`it is ${typed.name}`);
    const route = await readPasted(typed);
    if (route.name !== 'image') throw new Error(`it is ${route.name}`);
    expect(`${route.reference.registry}/${route.reference.repository}`).toBe(name);
    expect(route.params.platform).toBe(platform);
  });

  test('the platform of an address counts more than that of a command in it', async () => {
    const pasted = parseRoute('#/docker pull --platform linux/arm64 nginx?platform=linux/s390x');
    if (pasted.name !== 'pasted') throw new Error(`it is ${pasted.name}`);
    expect(await readPasted(pasted)).toMatchObject({ name: 'image', params: { platform: 'linux/s390x' } });
  });

  test.each(['docker pull', 'UPPER/x', 'a//b', ''])('%j is refused with its reason', async (text) => {
    const pasted = routeForText(text);
    if (pasted.name !== 'pasted') throw new Error(`it is ${pasted.name}`);
    expect(await readPasted(pasted)).toMatchObject({ name: 'invalid', error: { code: 'reference-invalid' } });
  });
});

describe('for every', () => {
  const params = fc.record(
    {
      platform: fc.string(),
      view: fc.string({ unit: 'binary' }),
      layer: fc.string(),
      path: fc.string({ unit: 'grapheme' }),
      json: fc.string(),
      line: fc.string(),
      find: fc.string(),
      lens: fc.string(),
      with: fc.string(),
      unknown: fc.array(
        fc.tuple(
          fc.string({ minLength: 1 }).map((name) => `x${name}`),
          fc.string(),
        ),
      ),
    },
    { requiredKeys: ['unknown'] },
  );

  test('image route, parse∘format is the identity', () => {
    fc.assert(
      fc.property(referenceText(), params, (text, viewed) => {
        const route: Route = { name: 'image', reference: parseReference(text), params: viewed };
        expect(parseRoute(formatRoute(route))).toEqual(route);
      }),
      { numRuns: 1000 },
    );
  });

  test('hash, something comes out, its address is stable, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (hash) => {
        const route = parseRoute(`#/${hash}`);
        if (route.name === 'invalid' || route.name === 'pasted') return;
        expect(parseRoute(formatRoute(route))).toEqual(route);
      }),
      { numRuns: 3000 },
    );
  });
});
