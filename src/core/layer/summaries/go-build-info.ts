/**
 * Which Go built a program. Since Go 1.18 the section .go.buildinfo holds the version as it is; before it held a pointer,
 * which is not followed here. https://pkg.go.dev/debug/buildinfo
 */
import { type ByteView, latin1 } from './byte-view.ts';
import type { ElfSection } from './elf-layout.ts';

const MAGIC = '\xff Go buildinf:';
const INLINE_STRINGS = 2;
const HEADER_BYTES = 32;

export function goVersion(view: ByteView, sections: readonly ElfSection[] | undefined): string | undefined {
  const section = sections?.find(({ name }) => name === '.go.buildinfo');
  const start = section && view.slice(section.offset, HEADER_BYTES + 2);
  if (section === undefined || start === undefined || latin1(start.subarray(0, 14)) !== MAGIC) return undefined;
  if (((start[15] ?? 0) & INLINE_STRINGS) === 0) return undefined;
  // A length below 128 is one byte; no version is longer.
  const length = start[HEADER_BYTES] ?? 0;
  const text = length < 0x80 ? view.slice(section.offset + HEADER_BYTES + 1, length) : undefined;
  return text && /^(?:go|devel)[\x20-\x7e]*$/.test(latin1(text)) ? latin1(text) : undefined;
}
