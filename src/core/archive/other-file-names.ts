/** Names of files on a person's disk that no archive of one image is. */
import { digestHex } from '../digest.ts';
import type { Descriptor } from '../manifest.ts';
import { isZstdLayer } from '../media-types.ts';
import type { Reference } from '../reference.ts';
import { baseName, lastPart } from './file-name.ts';

/** `<repository's last part>_<tag or first 12 of the digest>_oci.tar`: no platform, because it holds all of them. */
export function ociFileName(reference: Reference): string {
  return `${baseName(reference)}_oci.tar`;
}

/** The name of an archive of one platform in another format than the default: `nginx_1.27_linux-amd64_docker.tar`. */
export function suffixed(fileName: string, suffix: string): string {
  return fileName.replace(/\.tar$/, `_${suffix}.tar`);
}

/**
 * What one blob is saved as: the name that its descriptor gives it, else `<repository's last part>_<first 12 of the
 * digest>` with an ending that says what it is.
 */
export function blobFileName({ repository }: Reference, { digest, mediaType, annotations }: Descriptor): string {
  const title = safeFileName(annotations?.['org.opencontainers.image.title'] ?? '');
  if (title !== '') return title;
  return `${lastPart(repository)}_${digestHex(digest).slice(0, 12)}${endingOf(mediaType)}`;
}

function endingOf(mediaType: string): string {
  if (isZstdLayer(mediaType)) return '.tar.zst';
  if (/[+.]gzip$/.test(mediaType)) return '.tar.gz';
  if (/[+.]tar$/.test(mediaType)) return '.tar';
  return /[+/]json$/.test(mediaType) ? '.json' : '';
}

/** The last part of a name that anybody may have written, without what a file system or a shell minds. */
function safeFileName(name: string): string {
  const last = name.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  return last
    .replace(/[\p{C}\p{Z}:*?"<>|]+/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, 200);
}
