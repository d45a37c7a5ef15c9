/**
 * A directory of an image as a tar: directories first, then what is in them. modern-tar writes the headers.
 * Names are relative and clean, so that no tool unpacks anything outside of where it is told to.
 */
import { createTarPacker } from 'modern-tar';
import type { PathMetadata, PathType } from './entry.ts';

/** The target of a hard link is the name of an entry before. */
export interface SavedEntry extends PathMetadata {
  /** Clean, relative to the tar's root. */
  readonly name: string;
  readonly type: Exclude<PathType, 'character-device' | 'block-device'>;
}

export interface DirectoryTar {
  readonly readable: ReadableStream<Uint8Array>;
  /** A file's content is written to what it gives, exactly `size` bytes; for others that is closed at once. */
  add(entry: SavedEntry): WritableStreamDefaultWriter<Uint8Array>;
  finish(): void;
  fail(error: unknown): void;
}

export function createDirectoryTar(): DirectoryTar {
  const { readable, controller } = createTarPacker();
  return {
    readable,
    add({ name, type, mode, uid, gid, size, modifiedAtMs, linkTarget }) {
      const link = type === 'symlink' || type === 'hardlink';
      return controller
        .add({
          name: type === 'directory' ? `${name}/` : name,
          type: type === 'hardlink' ? 'link' : type,
          mode,
          uid,
          gid,
          size: type === 'file' ? size : 0,
          mtime: new Date(modifiedAtMs),
          ...(link ? { linkname: linkTarget } : {}),
        })
        .getWriter();
    },
    finish: () => controller.finalize(),
    fail: (error) => controller.error(error instanceof Error ? error : new Error(String(error))),
  };
}
