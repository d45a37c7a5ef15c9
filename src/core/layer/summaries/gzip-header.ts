/** What a gzip says of what it holds. https://www.rfc-editor.org/rfc/rfc1952 */
import { viewBytes } from './byte-view.ts';

export interface GzipFacts {
  /** The name that the file had. */
  readonly name: string | undefined;
  readonly modifiedAtMs: number | undefined;
}

const FLAGS = { extra: 4, name: 8 } as const;
const HEADER_BYTES = 10;
const LONGEST_NAME = 1000;

export function readGzipHeader(bytes: Uint8Array): GzipFacts | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes.length < HEADER_BYTES) return undefined;
  const view = viewBytes(bytes, true);
  const flags = bytes[3] ?? 0;
  const seconds = view.u32(4) ?? 0;
  const afterExtra = (flags & FLAGS.extra) === 0 ? HEADER_BYTES : HEADER_BYTES + 2 + (view.u16(HEADER_BYTES) ?? 0);
  const name = (flags & FLAGS.name) === 0 ? undefined : view.cString(afterExtra, LONGEST_NAME);
  return { name, modifiedAtMs: seconds === 0 ? undefined : seconds * 1000 };
}
