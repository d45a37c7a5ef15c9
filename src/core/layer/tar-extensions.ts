/** Headers that extend the one behind them, or all that follow: PAX records and GNU's long names. */
import type { LayerProblem } from './layer-index.ts';
import type { TarHeader } from './tar-header.ts';
import { readText } from './tar-path.ts';
import { decimal, readPax } from './tar-pax.ts';

/** What headers before an entry's own say of it. */
export interface Extensions {
  /** Records that count for this entry, those of global headers too. */
  readonly pax: ReadonlyMap<string, Uint8Array> | undefined;
  readonly sparseNumbers: readonly number[];
  readonly longName: string | undefined;
  readonly longLink: string | undefined;
  /** Why the entry cannot be understood: something of this was too large to be read. */
  readonly unread: { readonly kind: LayerProblem['kind']; readonly detail: string } | undefined;
}

type ExtensionFlag = 'x' | 'g' | 'L' | 'K';

export function isExtension(flag: string): flag is ExtensionFlag {
  return flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K';
}

const NOTHING: Extensions = {
  pax: undefined,
  sparseNumbers: [],
  longName: undefined,
  longLink: undefined,
  unread: undefined,
};

export class ExtensionReader {
  readonly #limitBytes: number;
  readonly #problem: (kind: LayerProblem['kind'], path: string, detail: string) => void;
  readonly #globals = new Map<string, Uint8Array>();
  #next = NOTHING;
  #flag: ExtensionFlag = 'x';
  #bytes: Uint8Array | undefined;
  #filled = 0;

  constructor(limitBytes: number, problem: (kind: LayerProblem['kind'], path: string, detail: string) => void) {
    this.#limitBytes = limitBytes;
    this.#problem = problem;
  }

  /** Whether it wants the bytes that follow. */
  get isGathering(): boolean {
    return this.#bytes !== undefined;
  }

  /** Whether something was said of an entry that has not come yet. */
  get isPending(): boolean {
    return this.#next !== NOTHING || this.isGathering;
  }

  /** @returns whether the data behind this header is wanted; it is not where it is larger than what any tool writes */
  begin({ size, name }: TarHeader, flag: ExtensionFlag): boolean {
    this.#flag = flag;
    if (size <= this.#limitBytes) {
      this.#bytes = size === 0 ? undefined : new Uint8Array(size);
      this.#filled = 0;
      return true;
    }
    if (flag === 'g') this.#problem('too-large', name, `is a global header of ${size} bytes, which is not read`);
    else if (flag === 'x') this.#unread('too-large', `has a header of ${size} bytes and is left out`);
    else this.#unread('name-too-long', `has a name or a link of ${size} bytes and is left out`);
    return false;
  }

  /** @returns how many bytes it took */
  gather(bytes: Uint8Array, at: number): number {
    const into = this.#bytes;
    if (into === undefined) return 0;
    const taken = Math.min(into.length - this.#filled, bytes.length - at);
    into.set(bytes.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === into.length) {
      this.#bytes = undefined;
      this.#read(into);
    }
    return taken;
  }

  /** What is known of the entry whose header is here. */
  take(): Extensions {
    const next = this.#next;
    this.#next = NOTHING;
    return this.#globals.size === 0 ? next : { ...next, pax: new Map([...this.#globals, ...(next.pax ?? [])]) };
  }

  #read(bytes: Uint8Array): void {
    const flag = this.#flag;
    if (flag === 'L') this.#next = { ...this.#next, longName: readText(bytes, 0, bytes.length) };
    else if (flag === 'K') this.#next = { ...this.#next, longLink: readText(bytes, 0, bytes.length) };
    else {
      const { values, sparseNumbers, whole } = readPax(bytes);
      if (!whole) this.#problem('broken', '', 'A PAX header cannot be read to its end');
      if (flag === 'g') for (const [key, value] of values) this.#globals.set(key, value);
      else this.#next = { ...this.#next, pax: values, sparseNumbers };
    }
  }

  #unread(kind: LayerProblem['kind'], detail: string): void {
    this.#next = { ...this.#next, unread: { kind, detail } };
  }
}

/** A record that is a number; undefined where there is none, or an empty one. NaN where it is something else. */
export function paxNumber({ pax }: Extensions, keyword: string): number | undefined {
  const value = pax?.get(keyword);
  return value === undefined || value.length === 0 ? undefined : decimal(value);
}

/** Undefined where there is no such record, or an empty one. */
export function paxText({ pax }: Extensions, keyword: string): string | undefined {
  const value = pax?.get(keyword);
  return value === undefined || value.length === 0 ? undefined : readText(value, 0, value.length);
}
