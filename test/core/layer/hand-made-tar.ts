/** Tars that no tool would write, block by block. The format: https://www.gnu.org/software/tar/manual/html_node/Standard.html */

export interface HandMade {
  readonly name?: string | Uint8Array;
  readonly flag?: string;
  readonly link?: string;
  readonly content?: Uint8Array | string;
  /** The size field as it stands, where it is not the content's length. */
  readonly sizeField?: Uint8Array | string;
  readonly modeField?: string;
  readonly magic?: string;
  /** Added to the right sum. */
  readonly checksumError?: number;
}

export const END = new Uint8Array(1024);
const encoder = new TextEncoder();
const bytesOf = (text: string | Uint8Array): Uint8Array => (typeof text === 'string' ? encoder.encode(text) : text);

export function entry(made: HandMade): Buffer {
  const { name = 'file', flag = '0', link = '', content = '', modeField = '0000644', magic = 'ustar\x0000' } = made;
  const data = bytesOf(content);
  const block = Buffer.alloc(512);
  const put = (at: number, length: number, value: string | Uint8Array): void =>
    block.set(bytesOf(value).subarray(0, length), at);
  put(0, 100, name);
  put(100, 8, modeField);
  put(108, 8, '0000000');
  put(116, 8, '0000000');
  put(124, 12, made.sizeField ?? data.length.toString(8).padStart(11, '0'));
  put(136, 12, '14524770400');
  put(156, 1, flag);
  put(157, 100, link);
  put(257, 8, magic);
  setChecksum(block, 0, made.checksumError);
  return Buffer.concat([block, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

export function setChecksum(tar: Uint8Array, at: number, error = 0): void {
  tar.fill(32, at + 148, at + 156);
  let sum = error;
  for (let i = at; i < at + 512; i += 1) sum += tar[i] ?? 0;
  tar.set(encoder.encode(`${sum.toString(8).padStart(6, '0')}\0 `), at + 148);
}

/** One PAX header with these records. */
export function pax(records: Readonly<Record<string, string | Uint8Array>>, flag: 'x' | 'g' = 'x'): Buffer {
  const content = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.concat([encoder.encode(` ${key}=`), bytesOf(value), encoder.encode('\n')]);
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
    return Buffer.concat([encoder.encode(String(length)), rest]);
  });
  return entry({ name: 'PaxHeaders/x', flag, content: Buffer.concat(content) });
}

export function tarOf(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, END]);
}
