/**
 * Accounts out of the files that other tools keep them in: Docker's `config.json` and its predecessor `.dockercfg`, and
 * Kubernetes' image pull secrets, as JSON or YAML, alone, in a list or in several documents.
 * https://github.com/docker/cli/blob/master/cli/config/configfile/file.go
 * https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets
 */
import * as v from 'valibot';
import { PulltabError } from '../errors.ts';
import type { Account } from '../registry/account.ts';
import { quote } from '../registry/response.ts';
import { fromBase64 } from './base64.ts';
import { credentialKey } from './key.ts';

export interface ReadCredentials {
  /** By the key they count for; of two for the same the later. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly unusable: readonly { readonly registry: string; readonly why: string }[];
}

interface Found {
  readonly accounts: Map<string, Account>;
  readonly unusable: { registry: string; why: string }[];
}

const ATTEMPTED = 'read the accounts';
const TEXT_LIMIT = 1024 * 1024;
/** Of a Docker helper's accounts: the password is an identity token. */
const TOKEN_USER = '<token>';

const optionalText = v.fallback(v.optional(v.string()), undefined);
const Auth = v.object({
  auth: optionalText,
  username: optionalText,
  password: optionalText,
  identitytoken: optionalText,
  registrytoken: optionalText,
});
type Auth = v.InferOutput<typeof Auth>;

const anything = v.record(v.string(), v.unknown());
const Config = v.object({
  auths: v.optional(anything, {}),
  credHelpers: v.optional(v.record(v.string(), v.string()), {}),
  credsStore: v.optional(v.string(), ''),
});
const Secret = v.object({
  kind: v.literal('Secret'),
  type: v.optional(v.string(), 'Opaque'),
  data: v.fallback(v.nullish(v.record(v.string(), v.string())), undefined),
  stringData: v.fallback(v.nullish(v.record(v.string(), v.string())), undefined),
});
const CONFIG_KEYS = Object.keys(Config.entries);
const List = v.object({ kind: v.literal('List'), items: v.array(v.unknown()) });

/** @throws PulltabError `credentials-invalid` when the text is none of these */
export async function readCredentials(text: string): Promise<ReadCredentials> {
  if (text.length > TEXT_LIMIT) throw invalid('it is longer than 1 MiB');
  if (text.trim() === '') throw invalid('it is empty');
  const found: Found = { accounts: new Map(), unusable: [] };
  for (const document of await documentsOf(text.replace(/^\uFEFF/, ''))) readDocument(document, found);
  return found;
}

async function documentsOf(text: string): Promise<unknown[]> {
  const json = parseJson(text);
  if (json !== undefined) return [json];
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, { schema: 'core', logLevel: 'silent' });
  const values: unknown[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    // The parser's own message quotes the line, and the line may hold a password.
    if (error !== undefined)
      throw invalid(`it is neither JSON nor YAML (${error.code} in line ${error.linePos?.[0].line ?? 1})`);
    const value = toValue(document);
    if (value !== null) values.push(value);
  }
  return values;
}

/** Anchors that unfold to more than a hundred copies are an attack, and the parser refuses them. */
function toValue(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid('its anchors are not those of a secret', error);
  }
}

function readDocument(document: unknown, found: Found): void {
  const list = v.safeParse(List, document);
  if (list.success) {
    for (const item of list.output.items) readDocument(item, found);
    return;
  }
  const secret = v.safeParse(Secret, document);
  if (secret.success) readSecret(secret.output, found);
  else if (!v.is(anything, document) || Array.isArray(document)) throw invalid('it is no Docker config and no Secret');
  else if (CONFIG_KEYS.some((key) => Object.hasOwn(document, key))) readConfig(document, found);
  else if (isLegacyConfig(document)) readAuths(document, '', found);
  else throw invalid('it is no Docker config and no Secret with one');
}

/** `.dockercfg`: the accounts without anything around them. */
function isLegacyConfig(document: Readonly<Record<string, unknown>>): boolean {
  const values = Object.values(document);
  return values.length > 0 && values.every(isAuth);
}

function readSecret({ type, data, stringData }: v.InferOutput<typeof Secret>, found: Found): void {
  const config = secretValue('.dockerconfigjson', data, stringData);
  const legacy = secretValue('.dockercfg', data, stringData);
  if (config !== undefined) readConfig(parseJson(config), found);
  if (legacy !== undefined) {
    const auths = parseJson(legacy);
    if (!v.is(anything, auths)) throw invalid('the Secret’s .dockercfg is not JSON');
    readAuths(auths, '', found);
  }
  if (config === undefined && legacy === undefined) {
    throw invalid(`a Secret of the type ${quote(type)} holds no accounts of registries`);
  }
}

/** What is in `stringData` wins, as it does when a cluster takes the Secret. */
function secretValue(
  name: string,
  data: Readonly<Record<string, string>> | null | undefined,
  stringData: Readonly<Record<string, string>> | null | undefined,
): string | undefined {
  const plain = stringData?.[name];
  if (plain !== undefined) return plain;
  const encoded = data?.[name];
  if (encoded === undefined) return undefined;
  const decoded = fromBase64(encoded);
  if (decoded === undefined) throw invalid(`the Secret’s data ${name} is not base64`);
  return decoded;
}

function readConfig(document: unknown, found: Found): void {
  const config = v.safeParse(Config, document);
  if (!config.success) {
    const path = v.getDotPath(config.issues[0]);
    throw invalid(
      path === null ? 'the Docker config is not JSON' : `“${quote(path)}” is not what a Docker config has there`,
    );
  }
  const { auths, credHelpers, credsStore } = config.output;
  for (const [registry, helper] of Object.entries(credHelpers)) {
    found.unusable.push({ registry: quote(registry), why: whyHelper(helper) });
  }
  const withoutOwnHelper = Object.fromEntries(
    Object.entries(auths).filter(([key]) => !Object.hasOwn(credHelpers, key)),
  );
  readAuths(withoutOwnHelper, credsStore, found);
  if (credsStore !== '' && Object.keys(auths).length === 0) {
    found.unusable.push({ registry: 'all other registries', why: whyHelper(credsStore) });
  }
}

function whyHelper(helper: string): string {
  return `it is kept by docker-credential-${quote(helper)}, a program that a browser cannot run`;
}

function readAuths(auths: Readonly<Record<string, unknown>>, credsStore: string, found: Found): void {
  for (const [name, value] of Object.entries(auths)) {
    const registry = quote(name);
    const key = credentialKey(name);
    const auth = v.safeParse(Auth, value);
    if (key === undefined) found.unusable.push({ registry, why: 'that is not the name of a registry' });
    else if (!auth.success) found.unusable.push({ registry, why: 'its entry is not an object' });
    else {
      const account = accountOf(auth.output);
      if (typeof account !== 'string') found.accounts.set(key, account);
      else
        found.unusable.push({
          registry,
          why: account === EMPTY && credsStore !== '' ? whyHelper(credsStore) : account,
        });
    }
  }
}

const EMPTY = 'it holds no password';

/** The account, or why there is none. */
function accountOf(auth: Auth): Account | string {
  const { registrytoken = '', identitytoken = '' } = auth;
  if (registrytoken !== '') {
    if (!/^[\x21-\x7e]+$/.test(registrytoken)) return 'its token holds characters that no header may have';
    return { kind: 'registry-token', token: registrytoken };
  }
  const pair = pairOf(auth);
  if (identitytoken !== '') {
    const username = typeof pair === 'string' || pair.username === '' ? undefined : pair.username;
    return { kind: 'identity-token', username: username === TOKEN_USER ? undefined : username, token: identitytoken };
  }
  if (typeof pair === 'string') return pair;
  const { username, password } = pair;
  if (username === TOKEN_USER && password !== '')
    return { kind: 'identity-token', username: undefined, token: password };
  if (username === '' || password === '') return EMPTY;
  return { kind: 'password', username, password };
}

function pairOf({ auth = '', username = '', password = '' }: Auth): { username: string; password: string } | string {
  if (auth === '') return { username, password };
  const decoded = fromBase64(auth);
  if (decoded === undefined) return 'its “auth” is not base64';
  const colon = decoded.indexOf(':');
  if (colon < 0) return 'its “auth” is not a user name, a colon and a password';
  // Old versions of Docker padded with NUL.
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
}

function isAuth(value: unknown): boolean {
  return v.is(anything, value) && Object.keys(Auth.entries).some((key) => Object.hasOwn(value, key));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(seen: string, cause?: unknown): PulltabError {
  return new PulltabError('credentials-invalid', { attempted: ATTEMPTED, seen, cause });
}
