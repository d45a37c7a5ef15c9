/** What a saved archive holds, read by tar and sha256sum and compared with what the registry serves. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Names of the entries in their order, as GNU tar reads them. */
export async function listEntries(archive: string): Promise<string[]> {
  const { stdout } = await execute('tar', ['-tf', archive]);
  return stdout.trim().split('\n');
}

export async function readEntry(archive: string, name: string): Promise<Buffer> {
  const { stdout } = await execute('tar', ['-xOf', archive, name], {
    encoding: 'buffer',
    maxBuffer: 512 * 1024 * 1024,
  });
  return stdout;
}

export function sizeOf(file: string): number {
  return statSync(file).size;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Differences between the archive's blobs and the registry's; empty when every entry is what the registry serves.
 * @param base `http://127.0.0.1:PORT/v2/app/hello`
 */
export async function differences(archive: string, base: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await listEntries(archive)) {
    const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1];
    if (hex === undefined) continue;
    const inArchive = await readEntry(archive, name);
    const served = await serve(base, `sha256:${hex}`);
    if (!inArchive.equals(served))
      found.push(`${name}: ${inArchive.length} bytes, the registry serves ${served.length}`);
  }
  return found;
}

async function serve(base: string, digest: string): Promise<Buffer> {
  const types = ['oci.image.manifest.v1', 'docker.distribution.manifest.v2', 'oci.image.index.v1'];
  const accept = types.map((type) => `application/vnd.${type}+json`).join(', ');
  const blob = await fetch(`${base}/blobs/${digest}`);
  const answer = blob.ok ? blob : await fetch(`${base}/manifests/${digest}`, { headers: { Accept: accept } });
  if (!answer.ok) throw new Error(`the registry answered ${answer.status} for ${digest}`);
  return Buffer.from(await answer.arrayBuffer());
}
