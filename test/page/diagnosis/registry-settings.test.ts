/** The settings to paste, pasted: into a real docker-registry and a real nginx. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PastedSettings, settingsFor } from '../../../src/page/diagnosis/registry-settings.ts';
import type { Lab } from '../../lab/lab.ts';
import { removeFolder, startDaemon, temporaryFolder } from '../../lab/process.ts';
import { startNginxServer } from '../../lab/tls.ts';
import { useLab } from '../../lab/use-lab.ts';

const ABOUT = { origin: 'https://page.test', host: 'registry.test' };
const PREFLIGHT = {
  method: 'OPTIONS',
  headers: {
    Origin: ABOUT.origin,
    'Access-Control-Request-Method': 'GET',
    'Access-Control-Request-Headers': 'authorization',
  },
};

let lab: Lab;
let folder: string;

beforeAll(async () => {
  lab = await useLab();
  folder = temporaryFolder('settings');
});

afterAll(() => removeFolder(folder));

function settings(cause: Parameters<typeof settingsFor>[0], software: RegExp): PastedSettings {
  const found = settingsFor(cause, ABOUT).find((one) => software.test(one.software));
  if (found === undefined) throw new Error(`there are no settings for ${software}`);
  return found;
}

function expectCors(response: Response): void {
  expect(response.headers.get('Access-Control-Allow-Origin')).toBe(ABOUT.origin);
  expect(response.headers.get('Access-Control-Allow-Headers')).toMatch(/Authorization/);
  expect(response.headers.get('Access-Control-Expose-Headers')).toMatch(/WWW-Authenticate/);
}

test('distribution takes its lines, and a page may read it then', async () => {
  const storage = join(folder, 'storage');
  mkdirSync(storage);
  const configFile = join(folder, 'config.yml');
  const { text } = settings('no-cors-api', /^distribution/);
  const { text: noRedirect } = settings('no-cors-blob', /^distribution/);
  writeFileSync(
    configFile,
    `version: 0.1
${noRedirect}  filesystem:
    rootdirectory: ${storage}
${text.replace('http:\n', 'http:\n  addr: 127.0.0.1:0\n')}`,
  );
  const listening = /listening on (127\.0\.0\.1:\d+)/;
  const daemon = await startDaemon('docker-registry', ['serve', configFile], {
    ready: (output) => listening.test(output),
    env: { REGISTRY_HTTP_SECRET: 'lab', OTEL_TRACES_EXPORTER: 'none' },
  });
  try {
    const response = await fetch(`http://${listening.exec(daemon.output())?.[1]}/v2/`, {
      headers: { Origin: ABOUT.origin },
    });
    expect(response.status).toBe(200);
    expectCors(response);
  } finally {
    await daemon.stop();
  }
});

test.each([
  ['nginx', /^nginx/, 'http://127.0.0.1:5000'],
  ['nginx before Harbor', /^Harbor/, 'http://127.0.0.1:8080'],
])('%s takes its lines, and answers preflights for a registry that refuses them', async (_, software, proxied) => {
  const { text } = settings('preflight', software);
  expect(text).toContain(`proxy_pass ${proxied};`);
  const lines = text.replace(proxied, lab.token.base);
  const nginx = await startNginxServer(folder, (port) => ({ listen: `127.0.0.1:${port}`, lines }));
  try {
    expect((await fetch(`${lab.token.base}/v2/`, PREFLIGHT)).status).toBe(401);
    const preflight = await fetch(`http://127.0.0.1:${nginx.port}/v2/`, PREFLIGHT);
    expect(preflight.status).toBe(204);
    expectCors(preflight);
    const refused = await fetch(`http://127.0.0.1:${nginx.port}/v2/`);
    expect(refused.status).toBe(401);
    expectCors(refused);
  } finally {
    await nginx.stop();
  }
});

test('for preflights that are refused no headers of distribution itself are offered: they do not help', () => {
  expect(settingsFor('preflight', ABOUT).map(({ software }) => software)).toEqual([
    'nginx in front of a registry',
    'Harbor, behind an nginx of your own',
    'zot',
  ]);
});

test('the settings of zot and of a bucket are JSON', () => {
  const zot: unknown = JSON.parse(settings('no-cors-api', /^zot/).text);
  expect(zot).toEqual({ http: { allowOrigin: ABOUT.origin } });
  const bucket: unknown = JSON.parse(settings('no-cors-blob', /^S3/).text);
  expect(bucket).toMatchObject([{ AllowedOrigins: ['*'] }]);
});
