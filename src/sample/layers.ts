/**
 * The sample's three layers: a base, a program on top of it, and a clean-up that hides some of the base again. They hold
 * one of each thing that a reader of layers has to know: directories, files, a symbolic link, a hard link, a sticky
 * folder, a file replaced by a later layer, a whiteout, and an opaque whiteout with a replacement.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
import { gzipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { helloExecutable, type SampleArchitecture } from './elf.ts';

export interface SampleLayer {
  /** What made it, as the image's history tells it. */
  readonly createdBy: string;
  readonly tar: Uint8Array;
  readonly gzip: Uint8Array;
}

type PackedEntry = Parameters<typeof packTar>[0][number];

const DOC = 'usr/share/doc/pulltab-sample';
const CACHE = 'var/cache/pulltab-sample';

/** Base first. Only the second layer differs between architectures. */
export function sampleLayers(architecture: SampleArchitecture): Promise<SampleLayer[]> {
  return Promise.all([
    packLayer('COPY base/ / # buildkit', baseEntries()),
    packLayer('COPY app/ / # buildkit', appEntries(architecture)),
    packLayer(`RUN rm tmp/build.log && rm -r ${CACHE} && printf … > ${CACHE}/index # buildkit`, cleanUpEntries()),
  ]);
}

function baseEntries(): PackedEntry[] {
  return [
    folder('etc'),
    file('etc/group', 'root:x:0:\nsample:x:1000:\n'),
    file('etc/os-release', 'NAME="Pulltab sample"\nID=pulltab-sample\nVERSION_ID=1\nPRETTY_NAME="Pulltab sample 1"\n'),
    file('etc/passwd', 'root:x:0:0:root:/root:/sbin/nologin\nsample:x:1000:1000:sample:/srv:/sbin/nologin\n'),
    folder('srv'),
    folder('tmp', 0o1777),
    file('tmp/build.log', numberedLines('step', 400)),
    ...['usr', 'usr/bin', 'usr/share', 'usr/share/doc', DOC].map((path) => folder(path)),
    file(`${DOC}/README.md`, '# The sample\n\nThis text is replaced by a later layer.\n'),
    file(`${DOC}/words.txt`, WORDS),
    hardLink(`${DOC}/glossary.txt`, `${DOC}/words.txt`),
    ...['var', 'var/cache', CACHE].map((path) => folder(path)),
    ...[1, 2, 3].map((part) => file(`${CACHE}/part-${part}`, numberedLines(`part ${part}, record`, 300))),
  ];
}

function appEntries(architecture: SampleArchitecture): PackedEntry[] {
  return [
    file('hello', helloExecutable(architecture, helloMessage(architecture)), 0o755),
    ...['usr', 'usr/bin'].map((path) => folder(path)),
    symbolicLink('usr/bin/hello', '../../hello'),
    ...['usr/share', 'usr/share/doc', DOC].map((path) => folder(path)),
    file(`${DOC}/README.md`, README),
  ];
}

function cleanUpEntries(): PackedEntry[] {
  return [
    folder('tmp', 0o1777),
    file('tmp/.wh.build.log', ''),
    ...['var', 'var/cache', CACHE].map((path) => folder(path)),
    file(`${CACHE}/.wh..wh..opq`, ''),
    file(`${CACHE}/index`, 'The three parts of the base are hidden by the opaque whiteout beside this file.\n'),
  ];
}

/** What the image prints when it runs. */
function helloMessage(architecture: SampleArchitecture): string {
  return `Hello from Pulltab's sample (linux/${architecture})\n`;
}

const README = `# The sample

A container image that comes with Pulltab, so that there is something to look at and to download without a network.

    docker run --rm localhost/pulltab/sample

prints one line. The program is /hello, a static executable of some two hundred bytes; it ignores its arguments.

Three layers: a base, the program, and a clean-up that hides /tmp/build.log by a whiteout and what was in
/${CACHE} by an opaque whiteout. The bytes of both are still in the image: deleting a file in a later layer
makes no image smaller.
`;

const WORDS = `descriptor  a media type, a digest and a size: what points to a blob or to a manifest
manifest    the list of an image's config and layers
index       the list of an image's manifests, one a platform
config      what to run and how, the history, and the digests of the uncompressed layers
layer       a tar of what was added, changed and deleted
blob        bytes named by their digest
digest      an algorithm and the hash it gave
reference   a registry, a repository, and a tag or a digest
`;

function numberedLines(text: string, count: number): string {
  return Array.from({ length: count }, (_, at) => `${text} ${at + 1} of ${count}\n`).join('');
}

async function packLayer(createdBy: string, entries: readonly PackedEntry[]): Promise<SampleLayer> {
  const tar = await packTar(entries);
  // fflate in place of node:zlib, whose output changes between versions. Time 0 leaves the gzip header without one.
  return { createdBy, tar, gzip: gzipSync(tar, { level: 9, mtime: 0 }) };
}

const FIXED = { mtime: new Date(0), uid: 0, gid: 0 };

function file(name: string, content: string | Uint8Array, mode = 0o644): PackedEntry {
  const body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { header: { ...FIXED, name, size: body.length, mode, type: 'file' }, body };
}

function folder(name: string, mode = 0o755): PackedEntry {
  return { header: { ...FIXED, name: `${name}/`, size: 0, mode, type: 'directory' } };
}

function symbolicLink(name: string, linkname: string): PackedEntry {
  return { header: { ...FIXED, name, size: 0, mode: 0o777, type: 'symlink', linkname } };
}

function hardLink(name: string, linkname: string): PackedEntry {
  return { header: { ...FIXED, name, size: 0, mode: 0o644, type: 'link', linkname } };
}
