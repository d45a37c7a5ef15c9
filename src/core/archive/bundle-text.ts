/** The text in a bundle for whoever finds the file on another machine: what is in it, and the lines that load it. */
import type { Digest } from '../digest.ts';
import type { ImageManifest } from '../manifest.ts';
import { isZstdLayer } from '../media-types.ts';
import { formatPlatform } from '../platform.ts';
import { formatReference } from '../reference.ts';
import { fullName, type ImageName, type UnnamedImage } from './bundle-names.ts';

export interface DescribedImage extends UnnamedImage {
  readonly manifest: ImageManifest;
}

export interface DescribedArchive {
  readonly fileName: string;
  /** One for each image. */
  readonly names: readonly ImageName[];
  /** The names under which skopeo finds something in index.json. */
  readonly ociNames: ReadonlySet<string>;
}

export function describeBundle(images: readonly DescribedImage[], archive: DescribedArchive): string {
  const { fileName } = archive;
  const positions = [...new Set(images.map(({ manifest }) => manifest.digest))];
  const count = images.length === 1 ? '1 image' : `${images.length} images`;
  const zstd = images.some(({ manifest }) => manifest.layers.some(({ mediaType }) => isZstdLayer(mediaType)));
  return [
    `${count} for Docker, Podman, containerd and skopeo. This file loads as it is:`,
    '',
    `  docker load -i ${fileName}`,
    `  podman load -i ${fileName}`,
    `  ctr images import --all-platforms ${fileName}`,
    '',
    ...(zstd
      ? ['Some layers are compressed with zstd: Docker before 23.0 and containerd before 1.5 cannot load them.', '']
      : []),
    'Each file in it can be checked:',
    '',
    `  mkdir bundle && tar -xf ${fileName} -C bundle && cd bundle && sha256sum --check SHA256SUMS`,
    '',
    'The images, each with the line that copies it to another registry:',
    ...images.flatMap((image, at) => ['', ...describeImage(image, archive.names[at], archive, positions)]),
    '',
  ].join('\n');
}

function describeImage(
  image: DescribedImage,
  name: ImageName = { tagged: undefined, renamed: false },
  { fileName, ociNames }: DescribedArchive,
  positions: readonly Digest[],
): string[] {
  const { manifest, platform, reference } = image;
  const asked = formatReference(reference.tag === undefined ? reference : { ...reference, digest: manifest.digest });
  const to = `${reference.repository}${name.tagged === undefined ? '' : `:${name.tagged.tag}`}`;
  const tag = name.tagged && formatReference(name.tagged);
  const full = fullName(name, image);
  const from = ociNames.has(full)
    ? `oci-archive:${fileName}:${full}`
    : `docker-archive:${fileName}:${tag ?? `@${positions.indexOf(manifest.digest)}`}`;
  return [
    `  ${tag ?? 'without a tag'}, ${formatPlatform(platform)}`,
    `  ${asked}`,
    `  skopeo copy --all ${from} docker://registry.example/${to}`,
  ];
}
