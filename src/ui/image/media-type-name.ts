/** The telling part of a media type; the whole of it stands in the title and in the layers view. */
const LAYER_TYPE =
  /^application\/vnd\.(?:oci\.image\.layer\.(nondistributable\.)?v1|docker\.image\.rootfs\.(foreign\.)?diff)\.(.+)$/;

/** "tar+gzip", "tar.gzip, foreign"; for other types the subtype, without the vendor prefix. */
export function shortMediaType(mediaType: string): string {
  const layer = LAYER_TYPE.exec(mediaType);
  if (layer === null) return mediaType.replace(/^application\/(vnd\.)?/, '');
  const foreign = layer[1] !== undefined || layer[2] !== undefined;
  return `${layer[3]}${foreign ? ', foreign' : ''}`;
}
