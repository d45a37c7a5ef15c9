/**
 * gzip, of one member or many. RFC 1952: a file is "a series of members", and eStargz makes one for every file of a layer.
 *
 * The browser's own decompressor is three times as fast as a script, and refuses what follows the first member, losing
 * what it had not given out yet. So the bytes are searched for what may be the beginning of another member (1f 8b 08 and
 * no unknown flag: once in a hundred megabytes by chance); before each such place everything is decompressed, and if the
 * number that a member ends with is the number of bytes that came out, the member has ended. What follows is inflated by
 * fflate, which goes from one small member to the next without the cost of a stream for each.
 */
import { Gunzip } from 'fflate';
import { type ByteSink, broken, type Decompressor, joined } from './decompress.ts';
import { createNativeGunzip, type NativeGunzip } from './native-gunzip.ts';

/** Of compressed bytes: 16 MB come of them at most, which are held at once. */
const SCRIPT_SLICE_BYTES = 16 * 1024;
/** A member's last bytes that may be zero: the end of its data, its CRC and its length. */
const MAX_ZEROS = 16;
const ZEROS = new Uint8Array(64 * 1024);
const NOTHING = new Uint8Array(0);
const MAGIC = [0x1f, 0x8b, 0x08] as const;

export function createGunzip(sink: ByteSink): Decompressor {
  return new MemberReader(sink);
}

class MemberReader implements Decompressor {
  readonly #sink: ByteSink;
  #native: NativeGunzip | undefined;
  #script: ScriptGunzip | undefined;
  /** The last four bytes of the member so far as a number: its length modulo 2³², where it ends. */
  #lastFour = 0;
  /** The end of the last piece, where it may be the beginning of a member's beginning. */
  #held: Uint8Array<ArrayBuffer> = NOTHING;
  /** Zeros at the end of what came: of the member, or what some writers fill up the file with. */
  #zeros = 0;
  #isFirst = true;

  constructor(sink: ByteSink) {
    this.#sink = sink;
    this.#native = createNativeGunzip(sink);
  }

  async push(piece: Uint8Array<ArrayBuffer>): Promise<boolean> {
    let bytes = this.#held.length > 0 ? joined(this.#held, piece) : piece;
    this.#held = NOTHING;
    const zeros = trailingZeros(bytes);
    if (zeros === bytes.length) {
      this.#zeros += zeros;
      return true;
    }
    if (!(await this.#feedZeros(this.#zeros))) return false;
    this.#zeros = zeros;
    bytes = bytes.subarray(0, bytes.length - zeros);
    const held = this.#script === undefined && zeros === 0 ? magicAtEnd(bytes) : 0;
    this.#held = bytes.subarray(bytes.length - held);
    return this.#scan(bytes.subarray(0, bytes.length - held));
  }

  async end(): Promise<void> {
    if (this.#held.length > 0 && !(await this.#feed(this.#held))) return;
    if (this.#native !== undefined) {
      await this.#native.drain();
      if (!(await this.#feedZeros(this.#zerosOfMember(this.#native.outputBytes)))) return;
      await this.#native.end();
    } else await this.#script?.end(Math.min(this.#zeros, MAX_ZEROS));
  }

  close(): void {
    this.#native?.close();
  }

  /** Feeds `bytes`, and changes over to the script where another member begins in them. */
  async #scan(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    let fed = 0;
    // The first member begins with the same bytes.
    let at = this.#isFirst ? 1 : 0;
    this.#isFirst = false;
    while (this.#native !== undefined) {
      at = nextMagic(bytes, at);
      if (at < 0) break;
      if (!(await this.#feed(bytes.subarray(fed, at)))) return false;
      fed = at;
      at += 1;
      await this.#native.drain();
      if (this.#lastFour !== this.#native.outputBytes % 2 ** 32) continue;
      await this.#native.end();
      this.#native = undefined;
      this.#script = new ScriptGunzip(this.#sink);
    }
    return this.#feed(bytes.subarray(fed));
  }

  async #feed(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (bytes.length === 0) return true;
    for (let i = Math.max(0, bytes.length - 4); i < bytes.length; i += 1) {
      this.#lastFour = ((this.#lastFour >>> 8) | ((bytes[i] ?? 0) << 24)) >>> 0;
    }
    return (await (this.#native ?? this.#script)?.push(bytes)) ?? false;
  }

  async #feedZeros(count: number): Promise<boolean> {
    for (let left = count; left > 0; left -= ZEROS.length) {
      if (!(await this.#feed(ZEROS.subarray(0, Math.min(left, ZEROS.length))))) return false;
    }
    return true;
  }

  /** How many of the zeros at the end still belong to the member: those that make its last number `outputBytes`. */
  #zerosOfMember(outputBytes: number): number {
    const length = outputBytes % 2 ** 32;
    let lastFour = this.#lastFour;
    for (let zeros = 0; zeros <= Math.min(this.#zeros, MAX_ZEROS); zeros += 1) {
      if (lastFour === length && length !== 0) return zeros;
      lastFour >>>= 8;
    }
    return length === 0 ? Math.min(this.#zeros, MAX_ZEROS) : this.#zeros;
  }
}

/** fflate's, which holds no more than one slice's output. */
class ScriptGunzip {
  readonly #sink: ByteSink;
  #out: Uint8Array[] = [];
  readonly #gunzip = new Gunzip((bytes) => {
    if (bytes.length > 0) this.#out.push(bytes);
  });

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  async push(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length; at += SCRIPT_SLICE_BYTES) {
      if (!(await this.#inflate(bytes.subarray(at, at + SCRIPT_SLICE_BYTES), false))) return false;
    }
    return true;
  }

  /** @param zeros how many zeros ended the file; fflate takes those behind a member for a broken one */
  async end(zeros: number): Promise<void> {
    for (let i = 0; i < zeros; i += 1) {
      try {
        if (!(await this.#inflate(ZEROS.subarray(0, 1), false))) return;
      } catch {
        return;
      }
    }
    await this.#inflate(NOTHING, true);
  }

  async #inflate(bytes: Uint8Array, isLast: boolean): Promise<boolean> {
    this.#out = [];
    try {
      this.#gunzip.push(bytes, isLast);
    } catch (error) {
      await this.#give();
      throw broken(isLast ? 'its gzip data is cut off' : 'its gzip data is damaged', error);
    }
    return this.#give();
  }

  async #give(): Promise<boolean> {
    for (const bytes of this.#out) if (!(await this.#sink(new Uint8Array(bytes)))) return false;
    return true;
  }
}

function trailingZeros(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.length - end;
}

/** Where the next member may begin, with its four first bytes; -1 where none does. */
function nextMagic(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(MAGIC[0], from); at >= 0; at = bytes.indexOf(MAGIC[0], at + 1)) {
    if (bytes[at + 1] === MAGIC[1] && bytes[at + 2] === MAGIC[2] && ((bytes[at + 3] ?? 0xff) & 0xe0) === 0) return at;
  }
  return -1;
}

/** How many bytes at the end may be the first of a member's four. */
function magicAtEnd(bytes: Uint8Array): number {
  for (let length = Math.min(MAGIC.length, bytes.length); length > 0; length -= 1) {
    if (MAGIC.slice(0, length).every((byte, i) => bytes[bytes.length - length + i] === byte)) return length;
  }
  return 0;
}
