/**
 * What is in a file of PEM, or in a certificate's DER: certificates with what they say, and that keys are there, never
 * their bytes. https://www.rfc-editor.org/rfc/rfc7468
 */
import { latin1 } from './byte-view.ts';
import { type CertificateFacts, readCertificate } from './certificate.ts';
import { DerBroken } from './der.ts';

export type PemItem =
  | { readonly kind: 'certificate'; readonly facts: CertificateFacts }
  /** `label` says of what kind: "RSA PRIVATE KEY". */
  | { readonly kind: 'private-key'; readonly label: string; readonly isEncrypted: boolean | undefined }
  | { readonly kind: 'other'; readonly label: string }
  | { readonly kind: 'broken'; readonly label: string; readonly reason: string };

export interface PemFacts {
  readonly items: readonly PemItem[];
  /** Blocks beyond `ITEMS_LIMIT`. */
  readonly leftOut: number;
}

/** The CA bundles of systems have some 140 certificates. */
const ITEMS_LIMIT = 1000;
/** A certificate with thousands of names takes as much. */
const BLOCK_CHARACTERS = 1_000_000;

const BEGIN = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;

/** @returns undefined where the text has no block of PEM */
export async function summarizePem(text: string): Promise<PemFacts | undefined> {
  const items: PemItem[] = [];
  let leftOut = 0;
  for (const begin of text.matchAll(BEGIN)) {
    const label = begin[1] ?? '';
    if (items.length >= ITEMS_LIMIT) {
      leftOut += 1;
      continue;
    }
    const from = begin.index + begin[0].length;
    const following = text.slice(from, from + BLOCK_CHARACTERS);
    const end = following.indexOf(`-----END ${label}-----`);
    items.push(await readBlock(label, end < 0 ? undefined : following.slice(0, end)));
  }
  return items.length === 0 ? undefined : { items, leftOut };
}

/** @returns undefined where the bytes are no certificate */
export async function summarizeDer(bytes: Uint8Array): Promise<PemFacts | undefined> {
  const item = await certificateItem('CERTIFICATE', bytes);
  return item.kind === 'certificate' ? { items: [item], leftOut: 0 } : undefined;
}

async function readBlock(label: string, body: string | undefined): Promise<PemItem> {
  if (label.includes('PRIVATE KEY')) {
    const isEncrypted = isEncryptedKey(label, body ?? '');
    return { kind: 'private-key', label, isEncrypted };
  }
  if (body === undefined) return { kind: 'broken', label, reason: 'It has no end, or is far longer than any.' };
  if (!/^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label)) return { kind: 'other', label };
  const der = decodeBase64(body);
  if (der === undefined) return { kind: 'broken', label, reason: 'It is no base64.' };
  return certificateItem(label, der);
}

async function certificateItem(label: string, der: Uint8Array): Promise<PemItem> {
  try {
    return { kind: 'certificate', facts: await readCertificate(der) };
  } catch (error) {
    if (!(error instanceof DerBroken)) throw error;
    return { kind: 'broken', label, reason: error.message };
  }
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replace(/\s+/g, '')), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** OpenSSH's own form names its cipher behind a fixed beginning; undefined for PGP, which says it for each part. */
function isEncryptedKey(label: string, body: string): boolean | undefined {
  if (label.startsWith('PGP')) return undefined;
  if (!label.startsWith('OPENSSH')) return label.startsWith('ENCRYPTED') || /^\s*Proc-Type: 4,ENCRYPTED/m.test(body);
  const key = decodeBase64(body) ?? new Uint8Array();
  const cipherLength = key[18] ?? 0;
  return key.length < 23 ? undefined : latin1(key.subarray(19, 19 + cipherLength)) !== 'none';
}
