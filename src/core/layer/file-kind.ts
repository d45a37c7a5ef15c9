/**
 * What a file is, where more can be said of it than its text or bytes: by its first bytes, by its name only where they do
 * not tell. https://mimesniff.spec.whatwg.org and each format's own specification.
 */
import { findPackageSources } from './packages/package-sources.ts';
import { latin1 } from './summaries/byte-view.ts';

export type FileKind =
  | 'elf'
  | 'pe'
  | 'wasm'
  | 'java-class'
  | 'python-bytecode'
  | 'pem'
  | 'der-certificate'
  | 'zip'
  | 'gzip'
  | 'zstd'
  | 'tar'
  | 'sqlite'
  | 'package-database';

/** Kinds that say what they are at their end, or all along. */
const NEED_WHOLE: ReadonlySet<FileKind> = new Set([
  'elf',
  'pem',
  'zip',
  'gzip',
  'zstd',
  'tar',
  'sqlite',
  'package-database',
]);

/** Databases of many packages; a file about one package is shown as the text that it is. */
const DATABASES = new Set(['dpkg', 'apk', 'rpm-sqlite', 'npm-lock']);

const MAGICS: readonly (readonly [magic: string, kind: FileKind])[] = [
  ['\x7fELF', 'elf'],
  ['\0asm', 'wasm'],
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  ['\x1f\x8b\x08', 'gzip'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['SQLite format 3\0', 'sqlite'],
];

/** Where a file's kind shows. */
const SNIFFED_BYTES = 65_536;
/** Programs and documents that have PEM in them, and are not PEM. */
const NO_PEM = /\.(?:[cm]?[jt]sx?|py|rb|go|rs|c|h|cc|cpp|java|md|html?|json|ya?ml|sh|1|txt\.gz|rst)$/i;

/**
 * @param path clean: databases are known by where they are
 * @param bytes the file, or its beginning
 * @returns undefined for text, pictures and everything else that is shown as it is
 */
export function fileKind(path: string, bytes: Uint8Array): FileKind | undefined {
  const [source] = findPackageSources([path]);
  if (source !== undefined && DATABASES.has(source.kind)) return 'package-database';
  const head = latin1(bytes.subarray(0, 512));
  const known = MAGICS.find(([magic]) => head.startsWith(magic));
  if (known !== undefined) return known[1];
  if (head.slice(257, 262) === 'ustar') return 'tar';
  if (head.startsWith('MZ') && bytes.length > 64) return 'pe';
  // Mach-O's universal binaries begin alike; a class file's version is above any number of architectures.
  if (head.startsWith('\xca\xfe\xba\xbe') && (bytes[7] ?? 0) >= 45) return 'java-class';
  if (/\.pyc$/.test(path) && head.slice(2, 4) === '\r\n') return 'python-bytecode';
  if (/\.(?:der|crt|cer)$/i.test(path) && /^\x30[\x81-\x83]/.test(head)) return 'der-certificate';
  return isPem(path, bytes) ? 'pem' : undefined;
}

function isPem(path: string, bytes: Uint8Array): boolean {
  return !NO_PEM.test(path) && /^-----BEGIN [A-Z0-9 ]+-----\s*$/m.test(latin1(bytes.subarray(0, SNIFFED_BYTES)));
}

export function needsWholeFile(kind: FileKind): boolean {
  return NEED_WHOLE.has(kind);
}
