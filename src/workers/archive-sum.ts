/**
 * The worker that makes an archive's sha256, of the pieces that its reader has done with. It ends with the archive, or
 * when whoever started it ends it.
 */
import { createScriptHasher, createWasmHasher } from '../core/hash/hasher.ts';
import { freeBuffer } from '../protocol/free-buffer.ts';
import {
  decodeMessage,
  type FromArchiveSum,
  type Sum,
  ToArchiveSum,
  ToArchiveSumWorker,
} from '../protocol/messages.ts';

declare const self: DedicatedWorkerGlobalScope;

const hasher = createWasmHasher('sha256').then((wasm) => wasm ?? createScriptHasher('sha256'));

self.onmessage = (event) => {
  const { port } = decodeMessage(ToArchiveSumWorker, event.data);
  const answer = (message: FromArchiveSum): void => port.postMessage(message);
  const tell = (sum: Sum): void => self.postMessage(sum);
  void hasher.then(({ kind, update, hex }) => {
    // Where scripts are interpreted, hashing takes minutes: no download waits for that.
    answer({ type: 'ready', waitFor: kind === 'wasm' });
    port.onmessage = ({ data }) => {
      const message = decodeMessage(ToArchiveSum, data);
      if (message.type === 'end') tell({ hex: hex() });
      else if (message.type === 'behind') tell({ hex: undefined });
      else {
        const bytes = new Uint8Array(message.bytes);
        update(bytes);
        const { byteLength } = bytes;
        freeBuffer(bytes);
        answer({ type: 'hashed', bytes: byteLength });
      }
    };
  });
};
