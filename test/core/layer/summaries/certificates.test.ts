/** What is said of certificates, against openssl on this machine's own and on made ones. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type PemItem, summarizeDer, summarizePem } from '../../../../src/core/layer/summaries/pem.ts';
import { removeFolder, temporaryFolder } from '../../../lab/process.ts';

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const folder = temporaryFolder('certificates');
afterAll(() => removeFolder(folder));

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });

/** As openssl tells it. */
function said(pem: string): unknown {
  const text = execFileSync(
    'openssl',
    [
      ...[
        'x509',
        '-noout',
        '-subject',
        '-issuer',
        '-serial',
        '-startdate',
        '-enddate',
        '-fingerprint',
        '-sha256',
        '-text',
      ],
      // RFC 2253 with a space behind commas, and text as UTF-8 without escapes.
      ...['-nameopt', 'sep_comma_plus_space,dn_rev,sname,utf8'],
    ],
    { input: pem, encoding: 'utf8' },
  );
  const field = (name: string): string => new RegExp(`^${name} ?= ?(.*)$`, 'm').exec(text)?.[1] ?? '';
  const bits = /Public-Key: \((\d+) bit\)/.exec(text)?.[1];
  const curve = /NIST CURVE: (\S+)/.exec(text)?.[1];
  const names = /X509v3 Subject Alternative Name:.*\n\s+(.*)\n/.exec(text)?.[1]?.split(', ') ?? [];
  return {
    subject: field('subject'),
    issuer: field('issuer'),
    serial: field('serial').toLowerCase(),
    notBeforeMs: Date.parse(field('notBefore')),
    notAfterMs: Date.parse(field('notAfter')),
    key: curve === undefined ? (/ED25519 Public-Key/.test(text) ? 'Ed25519' : `RSA, ${bits} bits`) : `EC ${curve}`,
    names: names.map((name) => name.replace(/^IP Address:/, 'IP:').replace(/^DirName:.*/, 'name:')),
    isAuthority: /CA:TRUE/.test(text),
    sha256: field('sha256 Fingerprint').replaceAll(':', '').toLowerCase(),
  };
}

function read(item: PemItem | undefined): unknown {
  if (item?.kind !== 'certificate') return item;
  const { subject, issuer, serial, notBeforeMs, notAfterMs, key, names, isAuthority, sha256 } = item.facts;
  const shown = names.map((name) => name.replace(/^name:.*/, 'name:'));
  return { subject, issuer, serial, notBeforeMs, notAfterMs, key, names: shown, isAuthority, sha256 };
}

describe('certificates', () => {
  test('of this machine’s bundle are what openssl says', async () => {
    const text = readFileSync(BUNDLE, 'utf8');
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const facts = await summarizePem(text);
    expect(blocks.length).toBeGreaterThan(50);
    expect(facts?.items).toHaveLength(blocks.length);
    for (const [at, block] of blocks.entries()) expect([at, read(facts?.items[at])]).toEqual([at, said(block)]);
  });

  test('with names of all kinds, in PEM and DER', async () => {
    const names = 'DNS:example.org,DNS:*.example.org,IP:192.0.2.1,IP:2001:db8::1,email:a@example.org,URI:spiffe://x/y';
    openssl(
      ...['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', 'k.pem', '-out', 'c.pem', '-days', '40000'],
      ...['-subj', '/C=DE/O=Grüße, Inc./CN=example.org', '-utf8', '-addext', `subjectAltName=${names}`],
    );
    const pem = readFileSync(join(folder, 'c.pem'), 'utf8');
    const facts = await summarizePem(pem);
    const expected = { ...Object(said(pem)), subject: 'CN=example.org, O=Grüße, Inc., C=DE', names: expect.anything() };
    expect(read(facts?.items[0])).toMatchObject({ ...expected, issuer: expected.subject });
    expect(facts?.items[0]).toMatchObject({
      facts: {
        isSelfIssued: true,
        // Over the year 2050 dates have four digits of the year.
        names: [...names.split(',').slice(0, 3), 'IP:2001:db8:0:0:0:0:0:1', ...names.split(',').slice(4)],
      },
    });
    openssl('x509', '-in', 'c.pem', '-outform', 'DER', '-out', 'c.der');
    expect(await summarizeDer(readFileSync(join(folder, 'c.der')))).toEqual(facts);
  });

  test('that are damaged are said to be, one by one', async () => {
    const pem = readFileSync(BUNDLE, 'utf8').slice(0, 4000);
    const first = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(pem)?.[0] ?? '';
    const cut = first.replace(/\n[^-\n]+\n[^-\n]+\n-----END/, '\n-----END');
    const noBase64 = '-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n';
    const facts = await summarizePem(`${cut}${first}${noBase64}-----BEGIN CERTIFICATE-----\nMIIC`);
    expect(facts?.items.map(({ kind }) => kind)).toEqual(['broken', 'certificate', 'broken', 'broken']);
    const der = Buffer.from(first.replace(/-----.*-----|\s/g, ''), 'base64');
    for (let at = 0; at < der.length; at++) {
      const damaged = Uint8Array.from(der);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      // Resolves to facts or to nothing, and never rejects.
      const one = await summarizeDer(damaged);
      expect(one === undefined || one.items.length === 1).toBe(true);
    }
  });
});

describe('private keys', () => {
  const kinds: readonly (readonly [label: string, isEncrypted: boolean, make: () => string])[] = [
    ['PRIVATE KEY', false, () => openssl('genpkey', '-algorithm', 'ed25519')],
    [
      'ENCRYPTED PRIVATE KEY',
      true,
      () => openssl('genpkey', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:secret'),
    ],
    ['RSA PRIVATE KEY', false, () => openssl('genrsa', '-traditional', '1024')],
    ['RSA PRIVATE KEY', true, () => openssl('genrsa', '-traditional', '-aes128', '-passout', 'pass:secret', '1024')],
    ['OPENSSH PRIVATE KEY', false, () => sshKey('plain', '')],
    ['OPENSSH PRIVATE KEY', true, () => sshKey('locked', 'secret word')],
  ];

  function sshKey(name: string, passphrase: string): string {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', join(folder, name)]);
    return readFileSync(join(folder, name), 'utf8');
  }

  test.each(kinds)('%s, encrypted: %s: are named, and nothing of them is told', async (label, isEncrypted, make) => {
    const text = make();
    writeFileSync(join(folder, 'key'), text);
    expect(await summarizePem(text)).toEqual({ items: [{ kind: 'private-key', label, isEncrypted }], leftOut: 0 });
  });
});

test('a text without PEM has no summary', async () => {
  expect(await summarizePem('BEGIN CERTIFICATE')).toBeUndefined();
  expect(await summarizeDer(new Uint8Array([0x30, 0x80, 0, 0]))).toBeUndefined();
});
