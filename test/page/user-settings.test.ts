/** The person's settings over the deployer's, and what is said of addresses that cannot work. */
import { describe, expect, test } from 'vitest';
import {
  BANDWIDTH,
  CACHE_SIZE,
  checkAmount,
  checkMirrorAddress,
  checkRegistryName,
  checkRelayAddress,
} from '../../src/page/setting-checks.ts';
import { mergeSettings } from '../../src/page/user-settings.ts';

const PAGE = 'https://page.example/app/';
const DEPLOYER = {
  relay: '/relay',
  registries: {
    'docker.io': { transport: 'relay', mirror: 'https://hub.example' },
    'a.example': { transport: 'direct' },
  },
} as const;

describe('the person’s settings over the deployer’s', () => {
  test('leave alone what they do not name', () => {
    expect(mergeSettings(DEPLOYER, { registries: {} })).toEqual(DEPLOYER);
  });

  test('count field by field', () => {
    const own = {
      registries: { 'docker.io': { transport: 'auto' }, 'b.example': { mirror: 'https://b.example' } },
    } as const;
    expect(mergeSettings(DEPLOYER, own)).toEqual({
      relay: '/relay',
      registries: {
        'docker.io': { transport: 'auto', mirror: 'https://hub.example' },
        'a.example': { transport: 'direct' },
        'b.example': { mirror: 'https://b.example' },
      },
    });
  });

  test.each([
    [undefined, '/relay'],
    [null, null],
    ['https://mine.example', 'https://mine.example'],
  ])('a relay set to %s gives %s', (relay, merged) => {
    expect(mergeSettings(DEPLOYER, { relay, registries: {} }).relay).toBe(merged);
  });

  test('can do without the deployer’s mirror', () => {
    const { registries } = mergeSettings(DEPLOYER, { registries: { 'docker.io': { mirror: null } } });
    expect(registries['docker.io']).toEqual({ transport: 'relay' });
  });

  test('do not change the deployer’s own', () => {
    const before = JSON.stringify(DEPLOYER);
    mergeSettings(DEPLOYER, { relay: null, registries: { 'docker.io': { transport: 'direct' } } });
    expect(JSON.stringify(DEPLOYER)).toBe(before);
  });
});

describe('addresses', () => {
  test.each([
    ['https://relay.example/', 'https://relay.example'],
    [' https://relay.example/pulltab/ ', 'https://relay.example/pulltab'],
    ['/relay', '/relay'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.1:8080/relay', 'http://127.0.0.1:8080/relay'],
  ])('a relay at %s', (text, value) => {
    expect(checkRelayAddress(text, PAGE)).toEqual({ value });
  });

  test.each([
    ['', /Give the relay’s address/],
    ['relay.example', /no address/],
    ['//relay.example', /no address/],
    ['javascript:alert(1)', /https:\/\//],
    ['https://me:secret@relay.example', /user name or password/],
    ['https://relay.example/?to=', /“\?”/],
    ['https://relay.example/#x', /“#”/],
    ['http://relay.example', /use https/],
  ])('no relay at “%s”, and why', (text, why) => {
    expect(checkRelayAddress(text, PAGE)).toEqual({ wrong: expect.stringMatching(why) });
  });

  test('a page that came over http may use a relay over http', () => {
    expect(checkRelayAddress('http://relay.lan', 'http://page.lan/')).toEqual({ value: 'http://relay.lan' });
  });

  test('a mirror is never a path of this page', () => {
    expect(checkMirrorAddress('/mirror', PAGE)).toEqual({ wrong: expect.stringMatching(/no address/) });
    expect(checkMirrorAddress('https://harbor.example/hubproxy/', PAGE)).toEqual({
      value: 'https://harbor.example/hubproxy',
    });
  });
});

describe('names of registries', () => {
  test.each([
    ['docker.io', 'docker.io'],
    [' index.docker.io ', 'docker.io'],
    ['Registry.Example:5000', 'registry.example:5000'],
    ['[::1]:5000', '[::1]:5000'],
    ['localhost', 'localhost'],
  ])('%s', (text, value) => {
    expect(checkRegistryName(text)).toEqual({ value });
  });

  test.each(['', 'registry', 'https://ghcr.io', 'ghcr.io/org', 'a b.example', '__proto__', 'ghcr.io:port'])(
    '“%s” is none',
    (text) => {
      expect(checkRegistryName(text)).toEqual({ wrong: expect.stringMatching(/registr/) });
    },
  );
});

describe('amounts', () => {
  test.each([
    ['', undefined],
    ['  ', undefined],
    ['2.5', 2_500_000],
    ['2,5 MB/s', 2_500_000],
    ['3mb', 3_000_000],
    ['0.01', 10_000],
  ])('of speed: “%s”', (text, value) => {
    expect(checkAmount(text, BANDWIDTH)).toEqual({ value });
  });

  test.each(['0', '0.009', '-1', '1e3', 'fast', '2 GB', '12345678'])('of speed: “%s” is none', (text) => {
    expect(checkAmount(text, BANDWIDTH)).toEqual({ wrong: BANDWIDTH.advice });
  });

  test('of the cache', () => {
    expect(checkAmount('1.5 GB', CACHE_SIZE)).toEqual({ value: 1_500_000_000 });
    expect(checkAmount('0', CACHE_SIZE)).toEqual({ value: 0 });
    expect(checkAmount('1 MB', CACHE_SIZE)).toEqual({ wrong: CACHE_SIZE.advice });
  });
});
