/** What an X.509 certificate says. https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
import { createScriptHasher } from '../../hash/hasher.ts';
import { toHex } from '../../hex.ts';
import { type Der, DerBroken, derChildren, derOid, derText, derTime, readDer } from './der.ts';

export interface CertificateFacts {
  /** "CN=example.org, O=Example": the most special part first. */
  readonly subject: string;
  readonly issuer: string;
  /** Whether subject and issuer are the same: nobody else vouches for it. */
  readonly isSelfIssued: boolean;
  /** Lower-case hexadecimal. */
  readonly serial: string;
  readonly notBeforeMs: number | undefined;
  readonly notAfterMs: number | undefined;
  /** "RSA, 2048 bits", "EC P-256", "Ed25519". */
  readonly key: string;
  /** "DNS:example.org", "IP:192.0.2.1". */
  readonly names: readonly string[];
  /** Whether it may sign other certificates. */
  readonly isAuthority: boolean;
  /** Of the whole certificate, lower-case hexadecimal. */
  readonly sha256: string;
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

const CURVES: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
  '1.3.132.0.10': 'secp256k1',
};

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const KEYS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10040.4.1': 'DSA',
  '1.3.101.110': 'X25519',
  '1.3.101.111': 'X448',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};

const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const SEQUENCE = 0x30;
const NAMES_LIMIT = 500;

/** @throws {DerBroken} where the bytes are no certificate */
export async function readCertificate(der: Uint8Array): Promise<CertificateFacts> {
  const certificate = readDer(der);
  const [tbs] = sequence(certificate);
  const fields = tbs === undefined ? [] : sequence(tbs);
  // [0] is the version, which certificates of version 1 leave out.
  const [serial, , issuer, validity, subject, publicKey] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  if (serial?.tag !== 2 || !issuer || !validity || !subject || !publicKey) throw new DerBroken('It is no certificate.');
  const [notBefore, notAfter] = sequence(validity);
  const extensions = extensionsOf(fields.find(({ tag }) => tag === 0xa3));
  const hasher = await createScriptHasher('sha256');
  hasher.update(certificate.whole);
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    isSelfIssued: toHex(subject.whole) === toHex(issuer.whole),
    serial: toHex(serial.content).replace(/^(?:00)+(?=.)/, ''),
    notBeforeMs: notBefore && derTime(notBefore),
    notAfterMs: notAfter && derTime(notAfter),
    key: keyText(publicKey),
    names: alternativeNames(extensions.get(SUBJECT_ALT_NAME)),
    isAuthority: isAuthority(extensions.get(BASIC_CONSTRAINTS)),
    sha256: hasher.hex(),
  };
}

function sequence(der: Der): Der[] {
  if (der.tag !== SEQUENCE) throw new DerBroken('It is no certificate.');
  return derChildren(der);
}

/** The other way round than they are written, as RFC 4514 wants it. */
function nameText(name: Der): string {
  const parts = sequence(name).map((set) =>
    derChildren(set)
      .map((attribute) => {
        const [type, value] = derChildren(attribute);
        if (type === undefined || value === undefined) return '';
        const oid = derOid(type);
        return `${ATTRIBUTES[oid] ?? oid}=${derText(value).slice(0, 1000)}`;
      })
      .join('+'),
  );
  return parts.reverse().join(', ');
}

function keyText(publicKey: Der): string {
  const [algorithm, bits] = sequence(publicKey);
  const [oid, parameters] = algorithm === undefined ? [] : sequence(algorithm);
  const name = oid === undefined ? '' : derOid(oid);
  if (name === EC) {
    const curve = parameters === undefined ? '' : derOid(parameters);
    return `EC ${CURVES[curve] ?? curve}`.trim();
  }
  if (name !== RSA || bits === undefined) return KEYS[name] ?? name;
  // The first byte of a BIT STRING counts its unused bits.
  const [modulus] = sequence(readDer(bits.content.subarray(1)));
  return `RSA, ${modulus === undefined ? '?' : bitLength(modulus.content)} bits`;
}

function bitLength(integer: Uint8Array): number {
  const first = integer.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (integer.length - first) * 8 - (Math.clz32(integer[first] ?? 0) - 24);
}

function extensionsOf(explicit: Der | undefined): ReadonlyMap<string, Der> {
  const found = new Map<string, Der>();
  const [list] = explicit === undefined ? [] : derChildren(explicit);
  for (const extension of list === undefined ? [] : sequence(list)) {
    const parts = sequence(extension);
    const [oid, value] = [parts[0], parts.at(-1)];
    // Between them may stand whether it is critical.
    if (oid !== undefined && value?.tag === 4) found.set(derOid(oid), readDer(value.content));
  }
  return found;
}

function alternativeNames(names: Der | undefined): string[] {
  if (names === undefined) return [];
  return sequence(names)
    .slice(0, NAMES_LIMIT)
    .map(({ tag, content, whole }) => {
      const text = new TextDecoder().decode(content);
      if (tag === 0x82) return `DNS:${text}`;
      if (tag === 0x81) return `email:${text}`;
      if (tag === 0x86) return `URI:${text}`;
      if (tag === 0x87) return `IP:${addressText(content)}`;
      if (tag === 0xa4) return `name:${nameText(readDer(content))}`;
      return `other:${toHex(whole.subarray(0, 64))}`;
    });
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return toHex(bytes);
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}

function isAuthority(constraints: Der | undefined): boolean {
  const [first] = constraints === undefined ? [] : sequence(constraints);
  return first?.tag === 1 && first.content[0] !== 0;
}
