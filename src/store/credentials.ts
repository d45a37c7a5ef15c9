/**
 * Accounts that their owner wants kept: encrypted with AES-GCM by a key that the browser keeps and no script can read
 * out. That protects the files of the browser's profile, not against a script of this very page.
 */
import { type CredentialRecord, openDatabase } from './database.ts';

export interface KeptCredential {
  readonly registry: string;
  /** Whatever `keepCredential` was given; undefined where it cannot be decrypted any more. */
  readonly value: unknown;
}

const KEY = 'credentials';
const NONCE_BYTES = 12;

/** @throws PulltabError `storage-refused` */
export async function listCredentials(): Promise<KeptCredential[]> {
  const database = await openDatabase();
  const records = await database.getAll('credentials');
  const key = await database.get('keys', KEY);
  return Promise.all(records.map(async (record) => ({ registry: record.registry, value: await unseal(record, key) })));
}

/** @throws PulltabError `storage-refused` */
export async function keepCredential(registry: string, value: unknown): Promise<void> {
  const database = await openDatabase();
  const key = await sealingKey();
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: boundTo(registry) }, key, bytes);
  await database.put('credentials', { registry, iv, sealed });
}

/** @throws PulltabError `storage-refused` */
export async function forgetCredential(registry: string): Promise<void> {
  await (await openDatabase()).delete('credentials', registry);
}

/** Also the key, so that what a copy of the profile holds is worth nothing. @throws PulltabError `storage-refused` */
export async function wipeCredentials(): Promise<void> {
  const transaction = (await openDatabase()).transaction(['credentials', 'keys'], 'readwrite');
  await Promise.all([
    transaction.objectStore('credentials').clear(),
    transaction.objectStore('keys').clear(),
    transaction.done,
  ]);
}

/** Of two pages that make a key at once, the one that comes first is kept for both. */
async function sealingKey(): Promise<CryptoKey> {
  const database = await openDatabase();
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const transaction = database.transaction('keys', 'readwrite');
  const kept = await transaction.store.get(KEY);
  if (kept === undefined) await transaction.store.put(fresh, KEY);
  await transaction.done;
  return kept ?? fresh;
}

async function unseal({ registry, iv, sealed }: CredentialRecord, key: CryptoKey | undefined): Promise<unknown> {
  if (key === undefined) return undefined;
  try {
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: boundTo(registry) }, key, sealed);
    const value: unknown = JSON.parse(new TextDecoder().decode(opened));
    return value;
  } catch {
    return undefined;
  }
}

/** A record that is moved to another registry does not open. */
function boundTo(registry: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(registry);
}
