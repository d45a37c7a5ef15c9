/**
 * The tools that load what Pulltab saves: Docker, Podman, containerd and skopeo, each its Debian package, offline, on a
 * folder of its own, never on the machine's images. A tool that refuses an archive throws with everything it printed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, removeFolder, run, startDaemon, temporaryFolder } from './process.ts';

type SkopeoTransport = 'docker-archive' | 'oci-archive';

interface SkopeoImage {
  /** Of the manifest: the registry's own for an OCI archive, one that skopeo makes up for a docker-archive. */
  readonly digest: string;
  /** The layers' digests, base first: compressed for an OCI archive, uncompressed for a docker-archive. */
  readonly layers: readonly string[];
  /** The image's config, as the archive holds it. */
  readonly config: SkopeoConfig;
}

interface SkopeoConfig {
  readonly architecture: string;
  readonly os: string;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly [field: string]: unknown;
}

async function skopeoInspect(archive: string, transport: SkopeoTransport, reference?: string): Promise<SkopeoImage> {
  const folder = temporaryFolder('skopeo');
  const from = reference === undefined ? `${transport}:${archive}` : `${transport}:${archive}:${reference}`;
  try {
    await run('skopeo', ['--insecure-policy', 'copy', '--quiet', from, `dir:${folder}`]);
    const config = await run('skopeo', ['inspect', '--config', '--raw', `dir:${folder}`]);
    const { stdout: digest } = await run('skopeo', ['manifest-digest', join(folder, 'manifest.json')]);
    const manifest = readJson<{ layers: { digest: string }[] }>(join(folder, 'manifest.json'));
    return {
      digest: digest.trim(),
      layers: manifest.layers.map((layer) => layer.digest),
      config: JSON.parse(config.stdout) as SkopeoConfig,
    };
  } finally {
    removeFolder(folder);
  }
}

export interface Loaders {
  /**
   * Reads the archive to its last blob, checking every digest, and says what is in it.
   *
   * @param reference which image, where the archive holds several: `localhost/a:1`, or its position as `@1`
   * @throws Error when skopeo finds no whole image in it
   */
  skopeoInspect(archive: string, transport: SkopeoTransport, reference?: string): Promise<SkopeoImage>;
  /** `docker load`. @returns the names it printed; `sha256:…` for an image without a name */
  dockerLoad(archive: string): Promise<string[]>;
  /** `docker run` without a network. @returns what the container wrote to stdout */
  dockerRun(image: string): Promise<string>;
  /** The ID that Docker gives the image, which is the digest of its config. */
  dockerId(image: string): Promise<string>;
  /** Bytes of the image's files, as Docker counted them while it unpacked the layers. */
  dockerSize(image: string): Promise<number>;
  /** `docker create` and `docker export`: the file system of a container that never ran, as a tar. */
  dockerExport(image: string, tar: string): Promise<void>;
  /** Removes every image and layer from Docker and Podman: layers that are there already they do not read again. */
  forget(): Promise<void>;
  /** `docker import`: a file system as an image without a name. */
  dockerImport(tar: string): Promise<void>;
  /** `docker save`: several images in one archive, by name. */
  dockerSave(archive: string, images: readonly string[]): Promise<void>;
  podmanLoad(archive: string): Promise<string[]>;
  podmanSave(archive: string, format: 'docker-archive' | 'oci-archive', image: string): Promise<void>;
  podmanRun(image: string): Promise<string>;
  /** `ctr images import`, unpacked to the last file, every layer checked. @returns the names in it, sorted */
  ctrImport(archive: string): Promise<string[]>;
  /** Converts the image of an OCI archive by stargz-snapshotter's own tool, into another OCI archive. */
  estargz(archive: string, converted: string): Promise<void>;
  /**
   * What each of the five tools says against the archive.
   *
   * @throws Error naming every tool that loads it after all
   */
  refusals(archive: string): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

/** Starts dockerd and containerd. About half a second; Podman and skopeo need no daemon. Needs root. */
export async function startLoaders(): Promise<Loaders> {
  const folder = temporaryFolder('loaders');
  const [docker, containerd] = await Promise.all([startDocker(folder), startContainerd(folder)]);
  const { podmanLoad, podmanRun, podmanSave, podmanForget } = podmanIn(folder);
  const tools: Readonly<Record<string, (archive: string) => Promise<unknown>>> = {
    docker: docker.load,
    podman: podmanLoad,
    containerd: containerd.import,
    'skopeo docker-archive': (archive) => skopeoInspect(archive, 'docker-archive'),
    'skopeo oci-archive': (archive) => skopeoInspect(archive, 'oci-archive'),
  };
  return {
    skopeoInspect,
    dockerLoad: docker.load,
    dockerRun: docker.run,
    dockerId: docker.id,
    dockerSize: docker.size,
    dockerExport: docker.export,
    forget: async () => void (await Promise.all([docker.forget(), podmanForget()])),
    dockerImport: docker.import,
    dockerSave: docker.save,
    podmanLoad,
    podmanRun,
    podmanSave,
    ctrImport: containerd.import,
    estargz: containerd.estargz,
    refusals: (archive) => refusals(tools, archive),
    stop: async () => {
      await Promise.all([docker.daemon.stop(), containerd.daemon.stop()]);
      removeFolder(folder);
    },
  };
}

interface Docker {
  readonly daemon: Daemon;
  load(archive: string): Promise<string[]>;
  run(image: string): Promise<string>;
  save(archive: string, images: readonly string[]): Promise<void>;
  export(image: string, tar: string): Promise<void>;
  id(image: string): Promise<string>;
  size(image: string): Promise<number>;
  import(tar: string): Promise<void>;
  forget(): Promise<void>;
}

async function startDocker(folder: string): Promise<Docker> {
  const host = `unix://${join(folder, 'docker.sock')}`;
  const daemon = await startDaemon(
    'dockerd',
    [
      ...['--data-root', join(folder, 'docker'), '--exec-root', join(folder, 'docker-run')],
      ...['--host', host, '--pidfile', join(folder, 'docker.pid')],
      // No firewall rules, no bridge and no overlay: none of them is allowed inside every container.
      ...['--iptables=false', '--bridge=none', '--storage-driver=vfs'],
    ],
    { ready: (output) => output.includes('API listen on'), timeoutMs: 60_000 },
  );
  // The user's own settings could send the client to another daemon.
  const env = { DOCKER_CONFIG: join(folder, 'docker-client') };
  const docker = (...args: string[]) => run('docker', ['--host', host, ...args], { env });
  return {
    daemon,
    load: async (archive) => loadedNames((await docker('load', '--input', archive)).stdout),
    run: async (image) => (await docker('run', '--rm', '--network=none', image)).stdout,
    forget: async () => {
      const images = new Set(linesOf((await docker('image', 'ls', '--all', '--quiet', '--no-trunc')).stdout));
      if (images.size > 0) await docker('rmi', '--force', ...images);
    },
    import: async (tar) => void (await docker('import', tar)),
    id: async (image) => (await docker('image', 'inspect', '--format', '{{.Id}}', image)).stdout.trim(),
    size: async (image) => Number((await docker('image', 'inspect', '--format', '{{.Size}}', image)).stdout),
    export: async (image, tar) => {
      // The command is never run, and an image that has none of its own is not created without one.
      const { stdout: container } = await docker('create', '--network=none', image, '/none');
      await docker('export', '--output', tar, container.trim());
      await docker('rm', container.trim());
    },
    save: async (archive, images) => void (await docker('save', '--output', archive, ...images)),
  };
}

interface Containerd {
  readonly daemon: Daemon;
  import(archive: string): Promise<string[]>;
  estargz(archive: string, converted: string): Promise<void>;
}

async function startContainerd(folder: string): Promise<Containerd> {
  const socket = join(folder, 'containerd.sock');
  const places = ['--root', join(folder, 'containerd'), '--state', join(folder, 'containerd-run')];
  const daemon = await startDaemon('containerd', [...places, '--address', socket], {
    ready: (output) => output.includes('containerd successfully booted'),
  });
  let imports = 0;
  const importArchive = async (archive: string): Promise<string[]> => {
    // A namespace of its own: blobs of an earlier import must not complete a broken archive, nor names mix with its own.
    imports += 1;
    const images = ['--address', socket, '--namespace', `import-${imports}`, 'images'];
    // The native snapshotter copies files, which works on any file system.
    await run('ctr', [...images, 'import', '--snapshotter', 'native', '--all-platforms', archive]);
    const { stdout } = await run('ctr', [...images, 'ls', '--quiet']);
    return linesOf(stdout).sort();
  };
  const estargz = async (archive: string, converted: string): Promise<void> => {
    const [image = ''] = await importArchive(archive);
    const images = ['--address', socket, '--namespace', `import-${imports}`, 'images'];
    await run('ctr-remote', [...images, 'convert', '--estargz', '--oci', image, `${image}-esgz`]);
    await run('ctr', [...images, 'export', converted, `${image}-esgz`]);
  };
  return { daemon, import: importArchive, estargz };
}

function podmanIn(
  folder: string,
): Pick<Loaders, 'podmanLoad' | 'podmanRun' | 'podmanSave'> & { podmanForget(): Promise<void> } {
  const options = [
    ...[
      '--root',
      join(folder, 'podman'),
      '--runroot',
      join(folder, 'podman-run'),
      '--tmpdir',
      join(folder, 'podman-tmp'),
    ],
    // runc comes with docker.io. crun refuses to run where cgroups of both versions are mounted, as in some containers.
    ...['--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--events-backend=none', '--runtime=runc'],
  ];
  // Podman's defaults raise limits, which root inside a container may not.
  const limits = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024'];
  return {
    podmanLoad: async (archive) => loadedNames((await run('podman', [...options, 'load', '--input', archive])).stdout),
    podmanRun: async (image) => {
      const args = [...options, 'run', '--rm', '--pull=never', '--network=none', ...limits, image];
      return (await run('podman', args)).stdout;
    },
    podmanForget: async () => void (await run('podman', [...options, 'rmi', '--all', '--force'])),
    podmanSave: async (archive, format, image) => {
      await run('podman', [...options, 'save', '--quiet', '--format', format, '--output', archive, image]);
    },
  };
}

async function refusals(
  tools: Readonly<Record<string, (archive: string) => Promise<unknown>>>,
  archive: string,
): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  const accepted: string[] = [];
  for (const [tool, load] of Object.entries(tools)) {
    try {
      accepted.push(`${tool}: ${JSON.stringify(await load(archive))}`);
    } catch (error) {
      said[tool] = error instanceof Error ? error.message : String(error);
    }
  }
  if (accepted.length > 0) throw new Error(`${archive} should load nowhere, but does in ${accepted.join('; ')}`);
  return said;
}

/** "Loaded image: name", "Loaded image ID: sha256:…", one a line, from both Docker and Podman. */
function loadedNames(output: string): string[] {
  return linesOf(output).flatMap((line) => /^Loaded image(?: ID)?: (?<name>\S+)$/.exec(line)?.groups?.name ?? []);
}

function linesOf(output: string): string[] {
  return output.split('\n').filter((line) => line !== '');
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
