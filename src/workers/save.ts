/** Saves what is at a path: a file as it is, a directory as a tar of all that is in it. */
import { createDirectoryTar, type DirectoryTar, type SavedEntry } from '../core/layer/directory-tar.ts';
import type { LayerEntry } from '../core/layer/entry.ts';
import type { TreeView } from '../core/layer/tree-view.ts';
import { createBlobParts } from './blob-parts.ts';
import { contentAt, type FoundPath, fileAt } from './find-file.ts';
import { type FilesToRead, type ReadFilesOptions, readLayerFiles } from './layer-files.ts';
import type { OpenedImage } from './opened-image.ts';

/** @throws PulltabError; AbortError when `options.signal` says so */
export function save(image: OpenedImage, found: FoundPath, options: ReadFilesOptions): Promise<Blob> {
  const { view, node } = found;
  return view.entries.isDirectory(view.entry(node))
    ? saveDirectory(image, found, options)
    : saveFile(image, found, options);
}

async function saveFile(image: OpenedImage, found: FoundPath, options: ReadFilesOptions): Promise<Blob> {
  const { layer, entry } = fileAt(found);
  const parts = createBlobParts();
  await readLayerFiles([image.filesOf(layer, [entry])], (_, piece) => parts.add(piece), options);
  return parts.blob('application/octet-stream');
}

async function saveDirectory(image: OpenedImage, found: FoundPath, options: ReadFilesOptions): Promise<Blob> {
  const contents = listContents(image, found);
  if (contents.leftOut > 0) {
    options.onNotice(
      `The tar is without ${contents.leftOut} devices or broken hard links, which tars of directories cannot hold.`,
    );
  }
  const tar = createDirectoryTar();
  const parts = createBlobParts();
  const [written] = await Promise.allSettled([
    write(tar, contents, options).catch((error: unknown) => {
      tar.fail(error);
      throw error;
    }),
    tar.readable.pipeTo(new WritableStream({ write: (piece) => parts.add(piece) })),
  ]);
  if (written.status === 'rejected') throw written.reason;
  return parts.blob('application/x-tar');
}

/** A file of the tar, where its layer has it. */
interface SavedFile extends LayerEntry {
  readonly saved: SavedEntry;
}

interface Contents {
  /** Directories, links and empty files: what has no content. Directories come before what is in them. */
  readonly before: readonly SavedEntry[];
  readonly files: readonly FilesToRead<SavedFile>[];
  /** Further names of files. */
  readonly after: readonly SavedEntry[];
  readonly leftOut: number;
}

function listContents(image: OpenedImage, { view, node: directory }: FoundPath): Contents {
  const before: SavedEntry[] = [];
  const after: SavedEntry[] = [];
  const byLayer = new Map<number, SavedFile[]>();
  /** The name that a file was given first, by whose bytes it has. */
  const names = new Map<number, string>();
  let leftOut = 0;
  const base = view.table.name(directory);
  const open = [{ node: directory, name: base }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { node, name } = at;
    if (name !== '') add(node, name);
    const children = view.children(node, 'name');
    for (const child of children.toReversed()) {
      const own = view.table.name(child);
      open.push({ node: child, name: name === '' ? own : `${name}/${own}` });
    }
  }
  const files = [...byLayer].sort(([a], [b]) => a - b).map(([layer, ofThis]) => image.filesOf(layer, ofThis));
  return { before, files, after, leftOut };

  function add(node: number, name: string): void {
    const { entries } = view;
    const entry = view.entry(node);
    if (view.childCount(node) > 0 || entries.isDirectory(entry)) {
      before.push(savedEntry(view, node, { name, type: 'directory' }));
      return;
    }
    const found = contentAt(view, node);
    const type = found?.entry.type;
    const first = names.get(view.content(node));
    if (found === undefined) leftOut += 1;
    else if (first !== undefined) after.push(savedEntry(view, node, { name, type: 'hardlink', linkTarget: first }));
    else if (type === 'file' || type === 'symlink' || type === 'fifo') {
      names.set(view.content(node), name);
      const saved = savedEntry(view, node, { name, type, size: found.entry.size, linkTarget: found.entry.linkTarget });
      if (type !== 'file' || saved.size === 0) before.push(saved);
      else ofLayer(byLayer, found.layer).push({ ...found.entry, saved });
    } else leftOut += 1;
  }
}

function ofLayer<File>(byLayer: Map<number, File[]>, layer: number): File[] {
  const files = byLayer.get(layer) ?? [];
  byLayer.set(layer, files);
  return files;
}

type Given = Pick<SavedEntry, 'name' | 'type'> & Partial<Pick<SavedEntry, 'size' | 'linkTarget'>>;

function savedEntry(view: TreeView, node: number, { size = 0, linkTarget = '', ...given }: Given): SavedEntry {
  const { entries } = view;
  const entry = view.entry(node);
  return {
    ...given,
    size,
    linkTarget,
    mode: entries.mode(entry),
    uid: entries.uid(entry),
    gid: entries.gid(entry),
    modifiedAtMs: entries.modifiedAtMs(entry),
  };
}

async function write(tar: DirectoryTar, { before, files, after }: Contents, options: ReadFilesOptions): Promise<void> {
  for (const entry of before) await tar.add(entry).close();
  let current: { file: SavedFile; writer: WritableStreamDefaultWriter<Uint8Array> } | undefined;
  await readLayerFiles(
    files,
    async (file, piece) => {
      if (current?.file !== file) {
        await current?.writer.close();
        current = { file, writer: tar.add(file.saved) };
      }
      await current.writer.write(piece);
    },
    options,
  );
  await current?.writer.close();
  for (const entry of after) await tar.add(entry).close();
  tar.finish();
}
