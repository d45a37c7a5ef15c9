/** What GNU tar says is in a tar, and the same words for what `readLayer` found, so that the two can be compared. */
import { openAsBlob } from 'node:fs';
import { createWasmHasher } from '../../../src/core/hash/hasher.ts';
import type { EntryType, LayerEntry } from '../../../src/core/layer/entry.ts';
import { indexEntries, type LayerIndex } from '../../../src/core/layer/layer-index.ts';
import { type ReadLayerOptions, readLayer } from '../../../src/core/layer/read-layer.ts';
import { run } from '../../lab/process.ts';

/** Reads a layer from a file, with its digest. */
export async function readLayerFile(path: string, options: Partial<ReadLayerOptions> = {}): Promise<LayerIndex> {
  const blob = await openAsBlob(path);
  return readLayerStream(blob.stream() as ReadableStream<Uint8Array<ArrayBuffer>>, options);
}

export async function readLayerStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: Partial<ReadLayerOptions> = {},
): Promise<LayerIndex> {
  const hash = await createWasmHasher('sha256');
  return readLayer(stream, { signal: new AbortController().signal, hash, ...options });
}

/** The bytes as a network would bring them: in pieces whose lengths are given in turn. */
export function streamOf(
  bytes: Uint8Array,
  pieces: readonly number[] = [65_536],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  let turn = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const end = at + (pieces[turn++ % pieces.length] ?? 1);
      controller.enqueue(new Uint8Array(bytes.subarray(at, end)));
      at = end;
    },
  });
}

/** `tar tvf`, one line an entry: mode, owner, size, time, name and link, the name without `./` and slashes at its ends. */
export async function tarListing(path: string, ...options: readonly string[]): Promise<string[]> {
  const asNumbers = ['--numeric-owner', '--full-time', '--quoting-style=escape'];
  const { stdout } = await run('tar', [...options, ...asNumbers, '-tvf', path]);
  return stdout.split('\n').filter(Boolean).map(tidied);
}

const LINE = /^(\S{10})\S* +(\d+\/\d+) +(\d+(?:,\d+)?) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) +(.*)$/;

function tidied(line: string): string {
  const [, mode = '', owner = '', size = '', time = '', names = ''] = LINE.exec(line) ?? [];
  if (mode === '') throw new Error(`tar printed a line that is not understood: ${line}`);
  const separator = mode.startsWith('h') ? ' link to ' : ' -> ';
  const isLink = mode.startsWith('h') || mode.startsWith('l');
  const cut = isLink ? names.indexOf(separator) : -1;
  const name = tidyName(cut < 0 ? names : names.slice(0, cut));
  const target = cut < 0 ? '' : names.slice(cut + separator.length);
  return [mode, owner, size, tidyTime(time), name, mode.startsWith('h') ? tidyName(target) : target]
    .join(' ')
    .trimEnd();
}

function tidyName(name: string): string {
  return name
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '');
}

/** To the number of milliseconds that is next to it: beyond a microsecond that says less than the tar. */
function tidyTime(time: string): string {
  const [whole = '', fraction = '0'] = time.split('.');
  return timeText(Number(`${Date.parse(`${whole}Z`) / 1000}.${fraction}`) * 1000);
}

/** What `readLayer` found, in the same words. */
export function indexListing(index: LayerIndex): string[] {
  return indexEntries(index).map(entryLine);
}

const LETTERS: Readonly<Record<EntryType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
  whiteout: '-',
  opaque: '-',
};

function entryLine(entry: LayerEntry): string {
  const { type, uid, gid, size, device, linkTarget } = entry;
  const shown = device ? `${device.major},${device.minor}` : String(size);
  const mode = LETTERS[type] + permissions(entry.mode);
  return [mode, `${uid}/${gid}`, shown, timeText(entry.modifiedAtMs), escaped(tarName(entry)), escaped(linkTarget)]
    .join(' ')
    .trimEnd();
}

/** As it stands in the tar. */
function tarName({ type, path }: LayerEntry): string {
  if (type === 'opaque') return path === '' ? '.wh..wh..opq' : `${path}/.wh..wh..opq`;
  if (type !== 'whiteout') return path;
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash + 1)}.wh.${path.slice(slash + 1)}`;
}

function permissions(mode: number): string {
  const letters = [...'rwxrwxrwx'].map((letter, i) => (mode & (0o400 >> i) ? letter : '-'));
  const special = (bit: number, at: number, letter: string) => {
    if (mode & bit) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase();
  };
  special(0o4000, 2, 's');
  special(0o2000, 5, 's');
  special(0o1000, 8, 't');
  return letters.join('');
}

function timeText(ms: number): string {
  const micros = Math.round(ms * 1000);
  const seconds = Math.floor(micros / 1e6);
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${whole}.${String(micros - seconds * 1e6).padStart(6, '0')}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\\': '\\\\' };

/** `--quoting-style=escape`: bytes that are no UTF-8, which readLayer moves to U+F780 and up, are octal there. */
function escaped(text: string): string {
  return text.replace(/[\n\t\\\uf780-\uf7ff]/g, (character) => {
    const code = character.charCodeAt(0);
    return ESCAPES[character] ?? `\\${(code - 0xf700).toString(8)}`;
  });
}
