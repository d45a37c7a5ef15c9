/** What can be said of a file beyond its bytes, as facts to show. */
import type { FileKind } from '../file-kind.ts';
import type { InstalledPackage } from '../packages/installed-package.ts';
import { findPackageSources } from '../packages/package-sources.ts';
import { readPackages } from '../packages/read-packages.ts';
import { type ElfFacts, summarizeElf } from './elf.ts';
import { type GzipFacts, readGzipHeader } from './gzip-header.ts';
import { type PemFacts, summarizeDer, summarizePem } from './pem.ts';
import { type PlainFacts, summarizeClass, summarizePe, summarizePyc, summarizeWasm } from './plain-facts.ts';
import { type SqliteFacts, summarizeSqlite } from './sqlite-header.ts';
import { summarizeTar, type TarFacts } from './tar-listing.ts';
import { summarizeZip, type ZipFacts } from './zip.ts';

export type FileSummary =
  | { readonly kind: 'elf'; readonly facts: ElfFacts }
  | { readonly kind: 'pem'; readonly facts: PemFacts }
  | { readonly kind: 'zip'; readonly facts: ZipFacts }
  | {
      readonly kind: 'tar';
      readonly compression: 'gzip' | 'zstd' | undefined;
      readonly gzip: GzipFacts | undefined;
      /** Undefined where what is compressed is no tar. */
      readonly facts: TarFacts | undefined;
    }
  | { readonly kind: 'sqlite'; readonly facts: SqliteFacts }
  | { readonly kind: 'packages'; readonly packages: readonly InstalledPackage[] }
  | { readonly kind: 'plain'; readonly facts: PlainFacts };

export interface SummarizedFile {
  /** Clean. */
  readonly path: string;
  readonly kind: FileKind;
  /** The file, or its beginning. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @returns undefined where the file is damaged, or not what it looks like @throws AbortError when `signal` is aborted */
export async function summarize(file: SummarizedFile, signal: AbortSignal): Promise<FileSummary | undefined> {
  const { bytes, path } = file;
  switch (file.kind) {
    case 'elf':
      return withFacts('elf', summarizeElf(bytes));
    case 'pem':
      return withFacts('pem', await summarizePem(new TextDecoder().decode(bytes)));
    case 'der-certificate':
      return withFacts('pem', await summarizeDer(bytes));
    case 'zip':
      return withFacts('zip', summarizeZip(bytes));
    case 'gzip':
    case 'zstd':
      return {
        kind: 'tar',
        compression: file.kind,
        gzip: readGzipHeader(bytes),
        facts: await summarizeTar(bytes, signal),
      };
    case 'tar':
      return { kind: 'tar', compression: undefined, gzip: undefined, facts: await summarizeTar(bytes, signal) };
    case 'sqlite':
      return withFacts('sqlite', summarizeSqlite(bytes));
    case 'package-database':
      return { kind: 'packages', packages: packagesOf(path, bytes) };
    case 'pe':
      return withFacts('plain', summarizePe(bytes));
    case 'wasm':
      return withFacts('plain', summarizeWasm(bytes));
    case 'java-class':
      return withFacts('plain', summarizeClass(bytes));
    case 'python-bytecode':
      return withFacts('plain', summarizePyc(bytes));
  }
}

function withFacts<Kind extends string, Facts>(kind: Kind, facts: Facts | undefined) {
  return facts === undefined ? undefined : { kind, facts };
}

function packagesOf(path: string, bytes: Uint8Array): InstalledPackage[] {
  const [source] = findPackageSources([path]);
  return source === undefined ? [] : readPackages(source, bytes);
}
