/** Where opening an archive stops, so that a hostile one costs a bounded time and memory. Far above what real ones need. */
const MIB = 1024 * 1024;

/** Members of the tar: an OCI layout of a hundred images has some thousand. */
export const MEMBERS_LIMIT = 200_000;
/** Of a long name (PAX or GNU) in bytes. */
export const EXTENSION_LIMIT_BYTES = MIB;
/** manifest.json, index.json and manifests (bytes), as for those that registries send. */
export const MANIFEST_LIMIT_BYTES = 4 * MIB;
/** Configs (bytes). */
export const CONFIG_LIMIT_BYTES = 8 * MIB;
/** Images in one archive. */
export const IMAGES_LIMIT = 1000;
/** Links from link to link: a loop goes further than that. */
export const LINKS_LIMIT = 16;
/** Names that are told of those that were not followed. */
export const IGNORED_TOLD = 20;
