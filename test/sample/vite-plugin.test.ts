/** The sample as others see it: pulled by skopeo from Vite's servers, unpacked by umoci, and found in a build. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, createServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleFiles } from '../../src/sample/image.ts';
import { samplePlugin } from '../../src/sample/vite-plugin.ts';
import { skopeoCopy } from '../lab/images.ts';
import { removeFolder, run, temporaryFolder } from '../lab/process.ts';

const folder = temporaryFolder('sample-site');
const site = join(folder, 'site');
const settings = {
  configFile: false,
  root: site,
  base: './',
  logLevel: 'error',
  plugins: [samplePlugin()],
  server: { host: '127.0.0.1', port: 0, ws: false, watch: null },
  preview: { host: '127.0.0.1', port: 0 },
} as const;

beforeAll(async () => {
  mkdirSync(site);
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>Site</title>');
  await build({ ...settings, plugins: [samplePlugin()] });
});
afterAll(() => removeFolder(folder));

describe.each([
  { name: 'vite dev', start: async () => (await createServer({ ...settings, plugins: [samplePlugin()] })).listen() },
  { name: 'vite preview', start: () => preview({ ...settings, plugins: [samplePlugin()] }) },
])('$name', ({ name, start }) => {
  const layout = join(folder, name.replace(' ', '-'));

  it('serves the sample to skopeo, with everything in it', async () => {
    const server = await start();
    const address = server.httpServer?.address();
    if (typeof address !== 'object' || address === null) throw new Error(`${name} has no port`);
    const reference = `docker://127.0.0.1:${address.port}/pulltab/sample`;
    try {
      await skopeoCopy(`${reference}:latest`, `oci:${layout}:sample`, '--all');
      const tags = await run('skopeo', ['list-tags', '--tls-verify=false', reference]);
      expect(JSON.parse(tags.stdout)).toMatchObject({ Tags: ['latest'] });
      const missing = await fetch(`http://127.0.0.1:${address.port}/v2/pulltab/other/manifests/latest`);
      expect(await missing.text()).not.toContain('schemaVersion');
    } finally {
      await server.close();
    }
    const blobs = (await sampleFiles()).flatMap(({ path }) => /sha256:(?<hex>\w+)$/.exec(path)?.groups?.hex ?? []);
    expect(readdirSync(join(layout, 'blobs/sha256')).sort()).toEqual(blobs.sort());
  });

  it.each(['amd64', 'arm64'])('unpacks to what the whiteouts leave on %s', async (architecture) => {
    const choice = [`oci:${layout}:sample`, `oci:${layout}:${architecture}`] as const;
    await run('skopeo', ['--insecure-policy', `--override-arch=${architecture}`, 'copy', '--quiet', ...choice]);
    const bundle = join(folder, `${name.replace(' ', '-')}-${architecture}`);
    await run('umoci', ['raw', 'unpack', '--image', `${layout}:${architecture}`, bundle]);
    const { stdout } = await run('find', ['.', '-not', '-type', 'd', '-printf', '%P %m %l\n'], { cwd: bundle });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim())
        .sort(),
    ).toEqual([
      'etc/group 644',
      'etc/os-release 644',
      'etc/passwd 644',
      'hello 755',
      'usr/bin/hello 777 ../../hello',
      'usr/share/doc/pulltab-sample/README.md 644',
      'usr/share/doc/pulltab-sample/glossary.txt 644',
      'usr/share/doc/pulltab-sample/words.txt 644',
      'var/cache/pulltab-sample/index 644',
    ]);
    const program = readFileSync(join(bundle, 'hello'));
    expect(program.toString('latin1')).toContain(`(linux/${architecture})\n`);
  });
});

it('puts the same files into the build', async () => {
  for (const { path, bytes } of await sampleFiles()) {
    expect(readFileSync(join(site, 'dist', path)).equals(bytes), path).toBe(true);
  }
});
