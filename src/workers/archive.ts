/** The archive worker: decompresses an archive that somebody chose, and hashes parts of one. Wiring only. */
import { expose } from 'comlink';
import { parseDigest } from '../core/digest.ts';
import { toWire } from '../core/errors.ts';
import { createScriptHasher, createWasmHasher } from '../core/hash/hasher.ts';
import { decompressedArchive } from '../core/local-archive/decompressed-archive.ts';
import type { ArchiveWorker } from '../protocol/archive-worker.ts';
import { createBlobParts } from './blob-parts.ts';

const worker: ArchiveWorker = {
  async unpack(file, attempted, onBytes) {
    try {
      const parts = createBlobParts();
      for await (const bytes of decompressedArchive(file, { attempted, onBytes })) parts.add(bytes);
      return parts.blob('application/x-tar');
    } catch (error) {
      return Promise.reject(toWire(error));
    }
  },
  async hash(part) {
    const hasher = (await createWasmHasher('sha256')) ?? (await createScriptHasher('sha256'));
    for await (const bytes of part.stream()) hasher.update(bytes);
    return parseDigest(`sha256:${hasher.hex()}`);
  },
};

expose(worker);
