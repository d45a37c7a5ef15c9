/**
 * What the real parts of the tests need from the system. Installs what is missing where it may (root with apt-get),
 * otherwise says exactly what to install. Silent, without network and in milliseconds when nothing is missing.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Command → the Debian package that brings it. */
const REQUIRED: Readonly<Record<string, string>> = {
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
  WebKitWebDriver: 'webkit2gtk-driver',
  Xvfb: 'xvfb',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  umoci: 'umoci',
  dockerd: 'docker.io',
  docker: 'docker.io',
  podman: 'podman',
  containerd: 'containerd',
  ctr: 'containerd',
  'ctr-remote': 'stargz-snapshotter',
  crun: 'crun',
  nginx: 'nginx-light',
  busybox: 'busybox-static',
  zstd: 'zstd',
  pigz: 'pigz',
  xz: 'xz-utils',
  bzip2: 'bzip2',
  bsdtar: 'libarchive-tools',
  git: 'git',
  debootstrap: 'debootstrap',
  setcap: 'libcap2-bin',
  openssl: 'openssl',
  convert: 'imagemagick',
  jq: 'jq',
  pip3: 'python3-pip',
  python3: 'python3',
  readelf: 'binutils',
  'ssh-keygen': 'openssh-client',
  unzip: 'unzip',
  zip: 'zip',
};

function isInstalled(command: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command: string, args: readonly string[]): void {
  console.info(`$ ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) process.exit(1);
}

const missing = Object.keys(REQUIRED).filter((command) => !isInstalled(command));
if (missing.length > 0) {
  const packages = [...new Set(missing.map((command) => REQUIRED[command] ?? command))];
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  console.info(`The tests need ${missing.join(', ')}, which this machine does not have.`);
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    console.error(`Install them and run the tests again:\n  sudo apt-get ${install.join(' ')}`);
    process.exit(1);
  }
  run('apt-get', ['update']);
  run('apt-get', install);
}
