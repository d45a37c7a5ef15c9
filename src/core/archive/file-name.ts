/** Names of the files that land on a person's disk. */
import { digestHex } from '../digest.ts';
import type { Platform } from '../platform.ts';
import type { Reference } from '../reference.ts';

/**
 * `<repository's last part>_<tag or first 12 of the digest>_<os>-<arch>[-variant].tar`.
 *
 * Repository and tag grammars allow nothing that a file system minds, but a platform comes from a manifest and may hold
 * anything: what is not a letter, digit, dot, dash or underscore becomes a dash. No colon either way: tar takes
 * `a:b.tar` for a file on the host `a`.
 */
export function archiveFileName(reference: Reference, platform: Platform): string {
  return `${baseName(reference)}_${platformPart(platform)}.tar`;
}

/** `<os>-<arch>[-variant]`, of nothing that names of files or tags may not hold. */
export function platformPart({ os, architecture, variant }: Platform): string {
  const parts = [os, architecture, variant].filter((part) => part !== undefined && part !== '');
  return parts.join('-').replace(/[^A-Za-z0-9._-]+/g, '-');
}

/** `<repository's last part>_<tag or first 12 of the digest>`. */
export function baseName({ repository, tag, digest }: Reference): string {
  return `${lastPart(repository)}_${tag ?? (digest ? digestHex(digest).slice(0, 12) : 'latest')}`;
}

export function lastPart(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}
