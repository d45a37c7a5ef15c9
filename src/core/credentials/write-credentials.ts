/** Accounts in the forms that other tools read: Docker's `config.json` and Kubernetes' image pull secret. */
import type { Account } from '../registry/account.ts';
import { toBase64 } from './base64.ts';

/** Docker's own name for its Hub; under any other it finds no account there. */
const HUB_KEY = 'https://index.docker.io/v1/';

/** Sorted by registry, so that the same accounts give the same text. */
export function writeDockerConfig(accounts: ReadonlyMap<string, Account>): string {
  const sorted = [...accounts].sort(([a], [b]) => (a < b ? -1 : 1));
  const auths = Object.fromEntries(
    sorted.map(([key, account]) => [key === 'docker.io' ? HUB_KEY : key, authOf(account)]),
  );
  return `${JSON.stringify({ auths }, undefined, 2)}\n`;
}

export function writeKubernetesSecret(accounts: ReadonlyMap<string, Account>): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    '  name: registry-accounts',
    'type: kubernetes.io/dockerconfigjson',
    'data:',
    `  .dockerconfigjson: ${toBase64(writeDockerConfig(accounts))}`,
    '',
  ].join('\n');
}

function authOf(account: Account): object {
  switch (account.kind) {
    case 'password':
      return { auth: toBase64(`${account.username}:${account.password}`) };
    case 'identity-token':
      return { auth: toBase64(`${account.username ?? '<token>'}:`), identitytoken: account.token };
    case 'registry-token':
      return { registrytoken: account.token };
  }
}
