/**
 * An image by its digest, in the words of the tools that people take it to: what to run, to write and to set. Every line
 * is safe to paste, whatever the image is named.
 */
import type { Digest } from '../digest.ts';
import { formatPlatform, type Platform } from '../platform.ts';
import type { Reference } from '../reference.ts';

export interface TakenImage {
  readonly reference: Reference;
  /** What the lines are pinned to: of the index where there is one, so that every machine finds its platform. */
  readonly digest: Digest;
  readonly platform: Platform;
  /** Whether the platform's manifest is of OCI, so that an OCI archive holds it as it is. */
  readonly isOci: boolean;
  /** This page's address, with the view and the platform. */
  readonly link: string;
}

export interface Snippet {
  /** "Docker"; its copy button is named by it. */
  readonly name: string;
  readonly text: string;
  /** What has to be known about it. */
  readonly note?: string;
}

export interface SnippetGroup {
  readonly title: string;
  readonly note?: string;
  readonly snippets: readonly Snippet[];
}

const HUB = 'docker.io';
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

/** `registry/repository@sha256:…`: a tag beside it would be refused by some tools, and it decides nothing. */
function pinned({ reference, digest }: TakenImage): string {
  return `${reference.registry}/${reference.repository}@${digest}`;
}

function quoteShell(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A YAML scalar in double quotes, which is JSON's text. */
function quoteYaml(text: string): string {
  return JSON.stringify(text);
}

/** The commands of tools that pull, copy or load images. */
export function commandSnippets(image: TakenImage): Snippet[] {
  const name = quoteShell(pinned(image));
  const platform = quoteShell(formatPlatform(image.platform));
  const file = `${quoteShell(localName(image))}.tar`;
  const isLoopback = LOOPBACK.test(image.reference.registry);
  const plain = (option: string): string => (isLoopback ? ` ${option}` : '');
  return [
    { name: 'docker', text: `docker pull --platform ${platform} ${name}` },
    { name: 'podman', text: `podman pull${plain('--tls-verify=false')} --platform ${platform} ${name}` },
    { name: 'nerdctl', text: `nerdctl pull${plain('--insecure-registry')} --platform ${platform} ${name}` },
    { name: 'ctr', text: `ctr images pull${plain('--plain-http')} --platform ${platform} ${name}` },
    {
      name: 'skopeo',
      text: skopeoLine(image),
      note: '--preserve-digests keeps it from compressing layers anew, which would make it another image.',
    },
    { name: 'crane', text: `crane pull${plain('--insecure')} --platform ${platform} ${name} ${file}` },
    {
      name: 'regctl',
      text: `regctl image export --platform ${platform} ${name} ${file}`,
      ...(isLoopback
        ? { note: `Plain http first: regctl registry set --tls disabled ${image.reference.registry}` }
        : {}),
    },
    {
      name: 'kind',
      text: `docker pull ${name} && docker tag ${name} ${quoteShell(localTag(image))} && kind load docker-image ${quoteShell(localTag(image))}`,
      note: 'kind loads by tag, so the image gets one that names its digest.',
    },
    { name: 'k3s', text: `sudo k3s ctr images pull${plain('--plain-http')} --platform ${platform} ${name}` },
  ];
}

function skopeoLine(image: TakenImage): string {
  const { os, architecture } = image.platform;
  return [
    'skopeo copy --preserve-digests',
    ...(LOOPBACK.test(image.reference.registry) ? ['--src-tls-verify=false'] : []),
    `--override-os ${quoteShell(os)} --override-arch ${quoteShell(architecture)}${variantOption(image)}`,
    quoteShell(`docker://${pinned(image)}`),
    // An OCI archive cannot hold Docker's manifests.
    image.isOci ? `oci-archive:${quoteShell(localName(image))}.tar` : `dir:${quoteShell(localName(image))}`,
  ].join(' ');
}

function variantOption({ platform }: TakenImage): string {
  return platform.variant === undefined ? '' : ` --override-variant ${quoteShell(platform.variant)}`;
}

function localName({ reference }: TakenImage): string {
  return reference.repository.split('/').at(-1) ?? 'image';
}

function localTag(image: TakenImage): string {
  return `${localName(image)}:${image.digest.slice(image.digest.indexOf(':') + 1).slice(0, 12)}`;
}

/** Kubernetes, with the secret that a private registry asks for. */
export function kubernetesSnippets(image: TakenImage): Snippet[] {
  const { registry, repository } = image.reference;
  const server = registry === HUB ? 'https://index.docker.io/v1/' : registry;
  const container = kubernetesName(localName(image));
  return [
    {
      name: 'Pod',
      text: [
        'apiVersion: v1',
        'kind: Pod',
        'metadata:',
        `  name: ${container}`,
        'spec:',
        '  containers:',
        `    - name: ${container}`,
        `      image: ${quoteYaml(pinned(image))}`,
        '      imagePullPolicy: IfNotPresent',
        '  # Only where the registry asks for an account; see the secret.',
        '  # imagePullSecrets:',
        '  #   - name: pull-secret',
      ].join('\n'),
      note: 'A digest never changes what it names, so IfNotPresent is enough: Always would only ask the registry again at every start, and fail while it is down. Never means that the node has to hold the image already.',
    },
    {
      name: 'Pull secret',
      text: `kubectl create secret docker-registry pull-secret --docker-server=${quoteShell(server)} --docker-username=USER --docker-password="$REGISTRY_PASSWORD"`,
      note: `For ${registry}/${repository} if it is private. The secret counts in its namespace only, and for pods that name it in imagePullSecrets or whose service account does.`,
    },
  ];
}

/** A DNS label. */
function kubernetesName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  // A name of digits alone is a number in YAML.
  return /[a-z]/.test(name) ? name : `image-${name}`.replace(/-$/, '').slice(0, 63);
}

export function buildSnippets(image: TakenImage): Snippet[] {
  const name = pinned(image);
  const shell = quoteShell(name);
  return [
    { name: 'Dockerfile', text: `FROM ${name}` },
    {
      name: 'Compose',
      text: ['services:', `  ${kubernetesName(localName(image))}:`, `    image: ${quoteYaml(name)}`].join('\n'),
    },
    {
      name: 'GitHub Actions',
      text: [
        'jobs:',
        '  build:',
        '    runs-on: ubuntu-latest',
        '    container:',
        `      image: ${quoteYaml(name)}`,
        '    steps:',
        `      - run: ${quoteYaml('echo "runs in the image"')}`,
      ].join('\n'),
    },
    {
      name: 'GitLab CI',
      text: [
        'build:',
        '  image:',
        `    name: ${quoteYaml(name)}`,
        '    entrypoint: [""]',
        '  script:',
        '    - echo "runs in the image"',
      ].join('\n'),
      note: 'The empty entry point lets the runner’s shell start whatever the image runs by itself.',
    },
    {
      name: 'Step with Docker',
      text: `docker pull ${shell}\ndocker run --rm ${shell}`,
    },
  ];
}

/** Where tools are told to ask a mirror first; the mirror's name is the reader's to put in. */
export function mirrorSnippets({ reference: { registry } }: TakenImage): Snippet[] {
  const upstream =
    registry === HUB ? 'https://registry-1.docker.io' : `${LOOPBACK.test(registry) ? 'http' : 'https'}://${registry}`;
  const hub: Snippet = {
    name: 'Docker daemon.json',
    text: JSON.stringify({ 'registry-mirrors': ['https://mirror.example.com'] }, null, 2),
    note: 'In /etc/docker/daemon.json. Docker asks mirrors for images of Docker Hub only.',
  };
  return [
    {
      name: 'containerd hosts.toml',
      text: [
        `server = ${JSON.stringify(upstream)}`,
        '',
        '[host."https://mirror.example.com"]',
        '  capabilities = ["pull", "resolve"]',
      ].join('\n'),
      note: `In /etc/containerd/certs.d/${registry}/hosts.toml, with config_path = "/etc/containerd/certs.d" in containerd’s settings.`,
    },
    ...(registry === HUB ? [hub] : []),
    {
      name: 'Podman registries.conf',
      text: [
        '[[registry]]',
        `prefix = ${JSON.stringify(registry)}`,
        `location = ${JSON.stringify(registry)}`,
        '',
        '[[registry.mirror]]',
        'location = "mirror.example.com"',
      ].join('\n'),
      note: 'In /etc/containers/registries.conf.d/mirror.conf. skopeo and CRI-O read it too.',
    },
  ];
}

/** Links to this view. The badge is text: no picture of anybody else's service is asked for. */
export function linkSnippets(image: TakenImage, title: string): Snippet[] {
  const label = `${title} in Pulltab`;
  return [
    { name: 'Link', text: image.link },
    {
      name: 'Markdown',
      text: `[${label.replace(/[\\[\]<>`*_&!]/g, '\\$&')}](<${image.link.replaceAll('<', '%3C').replaceAll('>', '%3E')}>)`,
    },
    { name: 'HTML', text: `<a href="${escapeHtml(image.link)}">${escapeHtml(label)}</a>` },
  ];
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Everything, in the order in which it is asked for. */
export function takeAlong(image: TakenImage, title: string): SnippetGroup[] {
  return [
    {
      title: 'Commands',
      note: 'Pinned by digest: exactly this image, whatever its tag points to later.',
      snippets: commandSnippets(image),
    },
    { title: 'Build and CI', snippets: buildSnippets(image) },
    { title: 'Kubernetes', snippets: kubernetesSnippets(image) },
    { title: 'Through a mirror', note: 'Put your mirror’s name in.', snippets: mirrorSnippets(image) },
    { title: 'Link to this image', snippets: linkSnippets(image, title) },
  ];
}
