/**
 * Files that usually hold keys or passwords, by their paths alone: where a name says it, someone should look. Contents are
 * not read for this; the summary of a file says whether a key really is in it.
 */

export interface LooksSecret {
  /** For a person: "a private SSH key". */
  readonly reason: string;
  /** Examples, documentation and test data: shown, but last. */
  readonly isLikelyHarmless: boolean;
}

/** Whole names. */
const NAMES: Readonly<Record<string, string>> = {
  id_rsa: 'a private SSH key',
  id_dsa: 'a private SSH key',
  id_ecdsa: 'a private SSH key',
  id_ed25519: 'a private SSH key',
  ssh_host_rsa_key: 'a host’s private SSH key',
  ssh_host_dsa_key: 'a host’s private SSH key',
  ssh_host_ecdsa_key: 'a host’s private SSH key',
  ssh_host_ed25519_key: 'a host’s private SSH key',
  '.npmrc': 'npm’s configuration, where tokens are kept',
  '.yarnrc.yml': 'Yarn’s configuration, where tokens are kept',
  '.pypirc': 'passwords of Python package indexes',
  '.netrc': 'passwords of hosts',
  _netrc: 'passwords of hosts',
  '.git-credentials': 'passwords of git',
  '.pgpass': 'passwords of PostgreSQL',
  '.my.cnf': 'MySQL’s options, where passwords are kept',
  '.htpasswd': 'hashed passwords',
  '.dockercfg': 'sign-ins to registries',
  '.s3cfg': 'keys of S3',
  '.boto': 'keys of cloud storage',
  '.vault-token': 'a token of Vault',
  '.terraformrc': 'Terraform’s configuration, where tokens are kept',
  'terraform.tfstate': 'Terraform’s state, which holds secrets as they are',
  kubeconfig: 'access to a Kubernetes cluster',
  'credentials.json': 'credentials',
  'service-account.json': 'the key of a service account',
  'serviceaccount.json': 'the key of a service account',
  'service_account.json': 'the key of a service account',
  'application_default_credentials.json': 'credentials of Google Cloud',
  'secrets.json': 'secrets',
  'secrets.yaml': 'secrets',
  'secrets.yml': 'secrets',
  'secring.gpg': 'private keys of GnuPG',
  'krb5.keytab': 'keys of Kerberos',
};

/** Ends of paths that say more than the name does. */
const PLACES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/(?:^|\/)\.aws\/credentials$/, 'keys of AWS'],
  [/(?:^|\/)\.aws\/config$/, 'configuration of AWS'],
  [/(?:^|\/)\.azure\/(?:accessTokens|azureProfile|msal_token_cache)\.(?:json|bin)$/, 'tokens of Azure'],
  [/(?:^|\/)\.docker\/config\.json$/, 'sign-ins to registries'],
  [/(?:^|\/)containers\/auth\.json$/, 'sign-ins to registries'],
  [/(?:^|\/)\.kube\/config$/, 'access to a Kubernetes cluster'],
  [/(?:^|\/)\.git\/config$/, 'git’s configuration, whose addresses may hold passwords'],
  [/(?:^|\/)\.config\/gcloud\/(?:credentials\.db|access_tokens\.db|legacy_credentials\/.+)$/, 'tokens of Google Cloud'],
  [/(?:^|\/)\.config\/gh\/hosts\.yml$/, 'tokens of GitHub'],
  [/(?:^|\/)\.cargo\/credentials(?:\.toml)?$/, 'tokens of crates.io'],
  [/(?:^|\/)\.gem\/credentials$/, 'keys of RubyGems'],
  [/(?:^|\/)\.m2\/settings(?:-security)?\.xml$/, 'Maven’s settings, where passwords are kept'],
  [/(?:^|\/)\.gnupg\/private-keys-v1\.d\/[^/]+\.key$/, 'a private key of GnuPG'],
  [/(?:^|\/)\.composer\/auth\.json$/, 'tokens of Composer'],
  [/(?:^|\/)\.ssh\/(?!known_hosts|authorized_keys|config$)[^/]+(?<!\.pub)$/, 'a file in a folder of SSH keys'],
  [/^(?:var\/)?run\/secrets\/.+/, 'a secret that was mounted'],
];

const ENV_FILE = /^\.env(?:\.[\w-]+)*$/;
/** Made to be copied and filled in. */
const ENV_EXAMPLE = /\.(?:example|sample|template|dist|defaults?|schema)$/i;
const KEY_FILE = /\.(?:pem|key|p12|pfx|jks|keystore|ppk|kdbx)$/i;
const KEY_REASONS: Readonly<Record<string, string>> = {
  pem: 'PEM, which may be a private key',
  key: 'a key file',
  p12: 'a key store',
  pfx: 'a key store',
  jks: 'a key store of Java',
  keystore: 'a key store',
  ppk: 'a private key of PuTTY',
  kdbx: 'a password database of KeePass',
};

/** Certificates that everyone may know: CA bundles, and keys that packages are checked with. */
const PUBLIC_PLACES = [
  /^etc\/ssl\/certs\//,
  /^etc\/ssl\/cert\.pem$/,
  /^etc\/pki\/(?:ca-trust|tls\/certs|rpm-gpg|product|consumer)/,
  /^etc\/apk\/keys\//,
  /^usr\/share\/(?:ca-certificates|apk\/keys|keyrings|pki)\//,
  /^usr\/local\/share\/ca-certificates\//,
  /^usr\/lib\/ssl\/cert/,
  /(?:^|\/)certifi\/cacert\.pem$/,
  /(?:^|\/)(?:ca-bundle|ca-certificates|cacerts?|roots?|chain|fullchain|cert|dhparams?)\.(?:pem|crt)$/i,
  /(?:^|\/)jre?\/lib\/security\/cacerts$/,
];
const HARMLESS_PLACES =
  /(?:^|\/)(?:tests?|testing|testdata|test-data|__tests__|fixtures?|examples?|samples?|docs?|spec|mocks?)(?:\/|$)/i;

/** @param path clean, of a file */
export function looksSecret(path: string): LooksSecret | undefined {
  const reason = reasonFor(path);
  if (reason === undefined) return undefined;
  return { reason, isLikelyHarmless: HARMLESS_PLACES.test(path) };
}

function reasonFor(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  for (const [pattern, reason] of PLACES) if (pattern.test(path)) return reason;
  if (ENV_FILE.test(name) && !ENV_EXAMPLE.test(name)) return 'environment variables, where passwords are kept';
  const ending = KEY_FILE.exec(name)?.[0].slice(1).toLowerCase();
  if (ending === undefined || PUBLIC_PLACES.some((place) => place.test(path))) return undefined;
  return KEY_REASONS[ending];
}
