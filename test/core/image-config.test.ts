import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PulltabError } from '../../src/core/errors.ts';
import { layerHistory, parseImageConfig } from '../../src/core/image-config.ts';
import { bytesOf, digestOf, thrownBy } from './documents.ts';

const parse = (value: unknown) => parseImageConfig(bytesOf(value), { attempted: 'read the config' });

const PLAIN = {
  platform: { os: 'unknown', architecture: 'unknown' },
  env: [],
  exposedPorts: [],
  volumes: [],
  labels: {},
  diffIds: [],
  history: [],
};

test('a config as Docker writes it', () => {
  const value = {
    architecture: 'arm',
    variant: 'v6',
    os: 'linux',
    created: '2026-01-02T03:04:05.678901234Z',
    author: 'Someone',
    config: {
      User: '101:101',
      Env: ['PATH=/bin', 'EMPTY='],
      Entrypoint: ['/docker-entrypoint.sh'],
      Cmd: ['nginx', '-g', 'daemon off;'],
      WorkingDir: '/srv',
      ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
      Volumes: { '/data': {} },
      Labels: { maintainer: 'someone' },
      StopSignal: 'SIGQUIT',
    },
    rootfs: { type: 'layers', diff_ids: [digestOf('a'), digestOf('b')] },
    history: [
      { created: '2026-01-01T00:00:00Z', created_by: 'ADD file:… in /', comment: 'base' },
      { created_by: 'ENV PATH=/bin', empty_layer: true },
      { created_by: 'RUN make' },
    ],
  };
  const config = parse(value);
  expect(config).toEqual({
    bytes: bytesOf(value),
    created: '2026-01-02T03:04:05.678901234Z',
    author: 'Someone',
    platform: { os: 'linux', architecture: 'arm', variant: 'v6' },
    user: '101:101',
    env: ['PATH=/bin', 'EMPTY='],
    entrypoint: ['/docker-entrypoint.sh'],
    cmd: ['nginx', '-g', 'daemon off;'],
    workingDir: '/srv',
    exposedPorts: ['80/tcp', '443/tcp'],
    volumes: ['/data'],
    labels: { maintainer: 'someone' },
    stopSignal: 'SIGQUIT',
    diffIds: [digestOf('a'), digestOf('b')],
    history: [
      { created: '2026-01-01T00:00:00Z', createdBy: 'ADD file:… in /', comment: 'base', emptyLayer: false },
      { createdBy: 'ENV PATH=/bin', emptyLayer: true },
      { createdBy: 'RUN make', emptyLayer: false },
    ],
  });
  expect(layerHistory(config, 2)).toEqual(['ADD file:… in /', 'RUN make']);
  expect(layerHistory(config, 3)).toEqual([undefined, undefined, undefined]);
});

describe('what real configs leave out or write otherwise', () => {
  test.each([
    ['nothing at all', {}, {}],
    ['null everywhere', { os: null, architecture: null, created: null, config: null, rootfs: null, history: null }, {}],
    ['null within', { config: { Env: null, Cmd: null, Labels: null, ExposedPorts: null, User: null } }, {}],
    ['names of one letter', { author: 'a', config: { User: '0' } }, { author: 'a', user: '0' }],
    ['empty names', { author: '', created: '', config: { User: '', WorkingDir: '' } }, {}],
    ['null diffIds', { rootfs: { type: 'layers', diff_ids: null } }, {}],
    ['a command as one text', { config: { Cmd: 'run me', Entrypoint: '' } }, { cmd: ['run me'] }],
    ['an empty command', { config: { Cmd: [], Entrypoint: ['a', 7] } }, { cmd: [], entrypoint: ['a'] }],
    ['a list for a map', { config: { ExposedPorts: ['80/tcp'], Labels: [] } }, {}],
    ['rootfS', { rootfS: { diff_ids: [digestOf('a')] } }, { diffIds: [digestOf('a')] }],
    ['a system without an architecture', { os: 'linux' }, {}],
    [
      'another spelling, which is kept',
      { os: 'Linux', architecture: 'x86_64' },
      { platform: { os: 'Linux', architecture: 'x86_64' } },
    ],
    [
      'a label called __proto__',
      '{"config":{"Labels":{"__proto__":"x"}}}',
      { labels: JSON.parse('{"__proto__":"x"}') },
    ],
  ])('%s', (_, value, expected) => {
    expect(parse(value)).toEqual({ bytes: bytesOf(value), ...PLAIN, ...expected });
  });
});

test.each([
  ['', 'it is empty'],
  ['[]', 'it is JSON, but not an object'],
  [{ rootfs: 'x' }, 'its field rootfs is not an object'],
  [{ rootfs: { diff_ids: ['sha256:aa'] } }, 'its field rootfs.diff_ids[0] is “sha256:aa”: it has 2'],
  [{ rootfs: { diff_ids: {} } }, 'its field rootfs.diff_ids is not a list'],
  [{ history: {} }, 'its field history is not a list'],
  [{ history: [7] }, 'its field history[0] is not an object'],
  [{ history: Array.from({ length: 10_001 }, () => ({})) }, 'its field history has more than 10000 entries'],
])('%j is refused', (value, seen) => {
  expect(thrownBy(() => parse(value))).toMatchObject({
    code: 'manifest-invalid',
    attempted: 'read the config',
    seen: expect.stringContaining(seen),
  });
});

test('nothing but a PulltabError is thrown', () => {
  const keys = 'os architecture config rootfs history created Env Cmd Labels diff_ids created_by empty_layer'.split(
    ' ',
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue(),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('node'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(fc.oneof(node, fc.string({ unit: 'binary' })), (value) => {
      try {
        parse(value);
      } catch (error) {
        if (!(error instanceof PulltabError)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});
