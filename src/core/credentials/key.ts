/**
 * What credentials are filed under: a registry, or a part of its repositories. As Docker's `config.json`, containers'
 * `auth.json` and Kubernetes' image pull secrets spell it, brought to one form:
 * https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 * https://kubernetes.io/docs/concepts/containers/images/#config-json
 */

/** Docker Hub has four names for one place. */
const HUB_HOSTS: readonly string[] = [
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
];

/**
 * "https://index.docker.io/v1/" → "docker.io", "HTTPS://Quay.io/v2/" → "quay.io", "gcr.io/team/" → "gcr.io/team",
 * "*.azurecr.io" as it is. Undefined for what names no registry.
 */
export function credentialKey(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/[?#].*$/s, '');
  const slash = bare.indexOf('/');
  const host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase();
  if (!/^(?:[a-z0-9*?[\]_.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/.test(host)) return undefined;
  const path = slash < 0 ? '' : bare.slice(slash).replace(/\/+$/, '');
  const namespace = /^\/v[12]$/.test(path) ? '' : path.replace(/\/{2,}/g, '/');
  return `${HUB_HOSTS.includes(host) ? 'docker.io' : host}${namespace}`;
}

/**
 * Of `keys` the one that counts for a repository: the longest whose host matches and whose path is the repository or
 * begins it. Globs (`*.azurecr.io`) match label by label, and lose to names of the same length.
 * @param registry as references spell it: "docker.io", "localhost:5000"
 */
export function bestKey(keys: Iterable<string>, registry: string, repository: string): string | undefined {
  const wanted = credentialKey(registry) ?? registry;
  let best: { key: string; path: number; isGlob: boolean } | undefined;
  for (const key of keys) {
    const slash = key.indexOf('/');
    const host = slash < 0 ? key : key.slice(0, slash);
    const path = slash < 0 ? '' : key.slice(slash + 1);
    if (!matchesHost(host, wanted)) continue;
    if (path !== '' && repository !== path && !repository.startsWith(`${path}/`)) continue;
    const found = { key, path: path.length, isGlob: host !== wanted };
    if (best === undefined || rank(found) > rank(best)) best = found;
  }
  return best?.key;
}

function rank({ path, isGlob }: { path: number; isGlob: boolean }): number {
  return path * 2 + (isGlob ? 0 : 1);
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [patternName = '', patternPort] = splitPort(pattern);
  const [name = '', port] = splitPort(host);
  if (patternPort !== port) return false;
  const labels = name.split('.');
  const wanted = patternName.split('.');
  return labels.length === wanted.length && wanted.every((label, at) => matchesLabel(label, labels[at] ?? ''));
}

function splitPort(host: string): [string, string | undefined] {
  const port = /:([0-9]+)$/.exec(host)?.[1];
  return port === undefined ? [host, undefined] : [host.slice(0, -port.length - 1), port];
}

/** `*` is any text within the label and `?` one character; everything else is itself. */
function matchesLabel(pattern: string, label: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === label;
  // At most one try per position and star: no pattern of a stranger's file can make this slow.
  let starAt = -1;
  let retryAt = 0;
  let at = 0;
  let from = 0;
  while (from < label.length) {
    if (pattern[at] === '*') {
      starAt = at++;
      retryAt = from;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === label[from])) {
      at += 1;
      from += 1;
    } else if (starAt >= 0) {
      at = starAt + 1;
      from = ++retryAt;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
