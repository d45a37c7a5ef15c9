/** What a media type is, in a sentence for who has not read the specifications. */
import {
  BUILDKIT_CACHE_CONFIG,
  DOCKER_CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  isEncryptedLayer,
  isForeignLayer,
  isGzipLayer,
  isZstdLayer,
  OCI_ARTIFACT_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../media-types.ts';

const WORDS: ReadonlyMap<string, string> = new Map([
  [OCI_INDEX, 'OCI index: lists manifests, mostly one for each platform.'],
  [DOCKER_LIST, 'Docker’s manifest list: lists manifests, one for each platform.'],
  [OCI_MANIFEST, 'OCI manifest: names the config and the layers of one image, or the files of an artifact.'],
  [DOCKER_MANIFEST, 'Docker’s manifest (schema 2): names the config and the layers of one image.'],
  [DOCKER_SCHEMA1, 'Docker’s first manifest (schema 1): no config and no sizes; loaders no longer take it.'],
  [DOCKER_SCHEMA1_SIGNED, 'Docker’s first manifest (schema 1), signed; loaders no longer take it.'],
  [OCI_ARTIFACT_MANIFEST, 'OCI artifact manifest: withdrawn before OCI 1.1 was final.'],
  [OCI_CONFIG, 'OCI image config: what runs, for which platform, and how it was built. Its digest is the image ID.'],
  [DOCKER_CONFIG, 'Docker’s image config: what runs and how it was built. Its digest is the image ID.'],
  [BUILDKIT_CACHE_CONFIG, 'Build cache that BuildKit exports.'],
  ['application/vnd.oci.empty.v1+json', 'An empty config, {}: artifacts have one because manifests must.'],
  ['application/vnd.in-toto+json', 'An in-toto statement: provenance or a list of what is in the image.'],
  ['application/vnd.dev.cosign.simplesigning.v1+json', 'A signature by cosign.'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', 'A signature with its proofs, as a Sigstore bundle.'],
  ['application/vnd.cncf.notary.signature', 'A signature by Notation.'],
  ['application/spdx+json', 'A list of what is in the image (SBOM), as SPDX.'],
  ['application/vnd.cyclonedx+json', 'A list of what is in the image (SBOM), as CycloneDX.'],
  ['application/vnd.cncf.helm.config.v1+json', 'What a Helm chart says of itself.'],
  ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'A Helm chart.'],
]);

/** Undefined for text that is none, or one that nothing is known of. */
export function explainMediaType(text: string): string | undefined {
  const known = WORDS.get(text);
  if (known !== undefined) return known;
  if (!/\.(?:layer|rootfs)\..*\btar\b/.test(text)) return undefined;
  const packed = isGzipLayer(text)
    ? 'compressed with gzip'
    : isZstdLayer(text)
      ? 'compressed with zstd'
      : 'uncompressed';
  const foreign = isForeignLayer(text) ? ' Its owner lets no other registry serve it: see its urls.' : '';
  const locked = isEncryptedLayer(text) ? ' Encrypted: only the holder of a key can read it.' : '';
  return `Layer: a tar of files, ${packed}.${foreign}${locked}`;
}
