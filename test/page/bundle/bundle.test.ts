import { signal } from '@preact/signals-core';
import { describe, expect, test } from 'vitest';
import { PulltabError } from '../../../src/core/errors.ts';
import { formatReference } from '../../../src/core/reference.ts';
import { createBundle } from '../../../src/page/bundle/bundle.ts';
import type { JobView } from '../../../src/page/model.ts';
import type { OpenAt } from '../../../src/page/open-image.ts';
import { formatRoute, type Route } from '../../../src/protocol/route.ts';

function stage(openAt: OpenAt) {
  const shown: string[] = [];
  const left = new AbortController();
  const bundle = createBundle({
    openAt,
    go: (route: Route) => void shown.push(decodeURIComponent(formatRoute(route))),
    start: () => undefined,
    jobs: signal<readonly JobView[]>([]),
    left: left.signal,
  });
  return { bundle, shown, left };
}

const listOf = (count: number) => Array.from({ length: count }, (_, at) => `image=app${at}`).join('&');

describe('the images of a list', () => {
  test('are opened three at once, and none after the page is left', async () => {
    const asked: string[] = [];
    const refusals: ((error: Error) => void)[] = [];
    const { bundle, left } = stage((at) => {
      asked.push(at.name === 'image' ? formatReference(at.reference) : at.name);
      return new Promise((_, refuse) => refusals.push(refuse));
    });
    bundle.follow(listOf(6));
    await expect.poll(() => asked.length).toBe(3);
    refusals[0]?.(new PulltabError('not-found', { attempted: 'open it', seen: 'nothing' }));
    await expect.poll(() => asked).toEqual(['app0:latest', 'app1:latest', 'app2:latest', 'app3:latest']);
    left.abort();
    for (const refuse of refusals) refuse(new DOMException('left', 'AbortError'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toHaveLength(4);
  });

  test('are not asked for where the list is longer than any that a person makes', async () => {
    const { bundle } = stage(() => Promise.reject(new Error('nothing should be opened')));
    bundle.follow(listOf(101));
    const { entries } = bundle.view.value;
    expect(entries).toHaveLength(101);
    expect(new Set(entries.map(({ errors }) => errors[0]?.code))).toEqual(new Set(['route-invalid']));
  });

  test('that fail keep the others, and Retry asks for them alone', async () => {
    const asked: string[] = [];
    const { bundle } = stage((at) => {
      asked.push(formatRoute(at));
      return Promise.reject(new PulltabError('not-found', { attempted: 'open it', seen: 'nothing' }));
    });
    bundle.follow('image=a&platform=linux/arm64&image=b');
    await expect.poll(() => bundle.view.value.entries.flatMap(({ errors }) => errors).length).toBe(2);
    bundle.retry(0);
    await expect
      .poll(() => asked)
      .toEqual(['#/a:latest?platform=linux/arm64', '#/b:latest', '#/a:latest?platform=linux/arm64']);
  });
});

describe('a change of the list', () => {
  const refuse: OpenAt = () => Promise.reject(new PulltabError('not-found', { attempted: 'open it', seen: 'nothing' }));

  test('goes to another address, and keeps what it does not know', () => {
    const { bundle, shown } = stage(refuse);
    bundle.follow('later=1&image=nginx:1&note=x&image=redis');
    bundle.add('docker pull --platform linux/arm64 alpine\nUPPER');
    bundle.remove(0);
    expect(shown).toEqual([
      '#/bundle?later=1&image=nginx:1&note=x&image=redis&image=alpine:latest&platform=linux/arm64',
      '#/bundle?later=1&image=redis',
    ]);
  });

  test('that adds what is there goes nowhere; another platform of it joins it', () => {
    const { bundle, shown } = stage(refuse);
    bundle.follow('image=alpine:3&platform=linux/amd64&image=nginx:1');
    expect(bundle.add('alpine:3\nnginx:1')).toEqual({ wrong: '', error: undefined });
    expect(shown).toEqual([]);
    bundle.add('docker pull --platform arm64 alpine:3');
    // Without a platform it is the usual one's, which stays.
    bundle.add('docker pull --platform arm64 nginx:1');
    expect(shown).toEqual([
      '#/bundle?image=alpine:3&platform=linux/amd64&platform=linux/arm64&image=nginx:1',
      '#/bundle?image=alpine:3&platform=linux/amd64&image=nginx:1&image=nginx:1&platform=linux/arm64',
    ]);
  });
});
