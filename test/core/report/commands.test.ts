/** Lines to take an image elsewhere: run by the tools that are here, parsed by a shell and a YAML reader where they are not. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isDigest } from '../../../src/core/digest.ts';
import { readReference } from '../../../src/core/reference.ts';
import {
  buildSnippets,
  commandSnippets,
  kubernetesSnippets,
  linkSnippets,
  mirrorSnippets,
  type Snippet,
  type TakenImage,
} from '../../../src/core/report/commands.ts';
import { type Daemon, removeFolder, run, startDaemon, temporaryFolder } from '../../lab/process.ts';
import { digestOf, pushBlob, pushManifest } from '../../lab/push.ts';
import { useLab } from '../../lab/use-lab.ts';

const REPOSITORY = 'take/along';
const LAYER = Buffer.alloc(1024);
const folder = temporaryFolder('take');
let image: TakenImage;
let containerd: Daemon;

function named(snippets: readonly Snippet[], name: string): string {
  const found = snippets.find((snippet) => snippet.name === name);
  if (found === undefined) throw new Error(`there is nothing for ${name}`);
  return found.text;
}

beforeAll(async () => {
  const lab = await useLab();
  const target = { host: lab.pushTo, repository: REPOSITORY };
  const media = 'application/vnd.oci.image';
  const layer = await pushBlob(target, `${media}.layer.v1.tar`, LAYER);
  const config = await pushBlob(
    target,
    `${media}.config.v1+json`,
    JSON.stringify({
      ...{ architecture: 'amd64', os: 'linux' },
      rootfs: { type: 'layers', diff_ids: [digestOf(LAYER)] },
    }),
  );
  const manifest = { schemaVersion: 2, mediaType: `${media}.manifest.v1+json`, config, layers: [layer] };
  const { digest } = await pushManifest(target, manifest, '1');
  if (!isDigest(digest)) throw new Error(digest);
  const reference = readReference(`${lab.plain.host}/${REPOSITORY}:1`);
  const platform = { os: 'linux', architecture: 'amd64' };
  image = { reference, digest, platform, isOci: true, link: 'http://localhost/#/x' };
  const places = ['--root', join(folder, 'containerd'), '--state', join(folder, 'containerd-run')];
  containerd = await startDaemon('containerd', [...places, '--address', join(folder, 'containerd.sock')], {
    ready: (output) => output.includes('containerd successfully booted'),
  });
});

afterAll(async () => {
  await containerd?.stop();
  removeFolder(folder);
});

const shell = (line: string, env: Record<string, string> = {}) =>
  run('bash', ['-c', `set -e; cd "$1"; ${line}`, 'take', folder], { env });

describe('against a registry', () => {
  test('skopeo copies exactly this image', async () => {
    await shell(named(commandSnippets(image), 'skopeo').replace('skopeo copy', 'skopeo --insecure-policy copy'));
    const { stdout } = await run('skopeo', ['inspect', '--raw', `oci-archive:${join(folder, 'along.tar')}`]);
    expect(digestOf(stdout)).toBe(image.digest);
  });

  test('podman pulls exactly this image', async () => {
    const storage = join(folder, 'storage.conf');
    const paths = `graphroot="${join(folder, 'podman')}"\nrunroot="${join(folder, 'podman-run')}"`;
    writeFileSync(storage, `[storage]\ndriver="vfs"\n${paths}\n`);
    const env = { CONTAINERS_STORAGE_CONF: storage };
    await shell(named(commandSnippets(image), 'podman'), env);
    const { stdout } = await shell('podman images --digests --noheading --format "{{.Digest}}"', env);
    expect(stdout.trim()).toBe(image.digest);
  });

  test('ctr pulls exactly this image', async () => {
    const env = { CONTAINERD_ADDRESS: join(folder, 'containerd.sock'), CONTAINERD_SNAPSHOTTER: 'native' };
    await shell(named(commandSnippets(image), 'ctr'), env);
    const { stdout } = await shell('ctr images ls', env);
    expect(stdout).toContain(image.digest);
  });
});

describe('whatever an image is called', () => {
  const HOSTILE = `a'b"c $(touch /tmp/x) \`id\` ; rm -rf <b>&`;
  const hostile = (): TakenImage => ({
    ...image,
    reference: { registry: 'registry.example.com', repository: `org/${HOSTILE}` },
    platform: { os: 'linux', architecture: HOSTILE, variant: HOSTILE },
    link: `https://example.com/#/${HOSTILE}">`,
  });

  test('a shell reads it as one argument', async () => {
    const wanted = `registry.example.com/org/${HOSTILE}@${image.digest}`;
    for (const { name, text } of commandSnippets(hostile())) {
      const [line = ''] = text.split(' && ');
      const { stdout } = await run('bash', ['-c', `printf '%s\\n' ${line}`]);
      expect(
        stdout.split('\n').map((word) => word.replace(/^docker:\/\//, '')),
        name,
      ).toContain(wanted);
    }
    const { stdout } = await run('bash', [
      '-c',
      `docker() { printf '[%s]' "$@"; }; ${named(buildSnippets(hostile()), 'Step with Docker')}`,
    ]);
    expect(stdout).toBe(`[pull][${wanted}][run][--rm][${wanted}]`);
  });

  test('YAML reads it as one text', () => {
    const wanted = `registry.example.com/org/${HOSTILE}@${image.digest}`;
    const pod = parse(named(kubernetesSnippets(hostile()), 'Pod'));
    expect(pod.spec.containers).toEqual([{ name: pod.metadata.name, image: wanted, imagePullPolicy: 'IfNotPresent' }]);
    expect(pod.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(parse(named(buildSnippets(hostile()), 'GitLab CI')).build.image.name).toBe(wanted);
    expect(parse(named(buildSnippets(hostile()), 'GitHub Actions')).jobs.build.container.image).toBe(wanted);
  });

  test('HTML and Markdown hold no other tag or link than theirs', () => {
    const snippets = linkSnippets(hostile(), `<img src=x>](javascript:alert(1))`);
    const html = named(snippets, 'HTML');
    expect(html.match(/<[^>]*>/g)).toHaveLength(2);
    expect(html.replace(/<[^>]*>/g, '')).not.toContain('<');
    expect(named(snippets, 'Markdown')).toMatch(
      /^\[\\<img src=x\\>\\\]\(javascript:alert\(1\)\) in Pulltab\]\(<[^<>]*>\)$/,
    );
  });
});

test('Docker Hub’s account and mirrors are those of its old address', () => {
  const hub = { ...image, reference: readReference('nginx') };
  expect(named(kubernetesSnippets(hub), 'Pull secret')).toContain('--docker-server=https://index.docker.io/v1/');
  expect(named(mirrorSnippets(hub), 'containerd hosts.toml')).toContain('server = "https://registry-1.docker.io"');
  expect(JSON.parse(named(mirrorSnippets(hub), 'Docker daemon.json'))).toEqual({
    'registry-mirrors': ['https://mirror.example.com'],
  });
  expect(mirrorSnippets(image).map(({ name }) => name)).not.toContain('Docker daemon.json');
});

test('skopeo reads the settings of a mirror as they are', async () => {
  const settings = join(folder, 'registries.conf');
  writeFileSync(
    settings,
    named(mirrorSnippets(image), 'Podman registries.conf').replace('mirror.example.com', '127.0.0.1:1'),
  );
  const name = `docker://${image.reference.registry}/${REPOSITORY}@${image.digest}`;
  const { stderr } = await run('skopeo', [
    '--debug',
    '--registries-conf',
    settings,
    'inspect',
    '--tls-verify=false',
    '--raw',
    name,
  ]);
  expect(readFileSync(settings, 'utf8')).toContain('127.0.0.1:1');
  expect(stderr).toContain('127.0.0.1:1');
});
