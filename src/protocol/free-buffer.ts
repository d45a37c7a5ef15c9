/**
 * Gives a buffer's memory back at once. Left to the garbage collector, what an archive was made of stays for tens of
 * megabytes more, and twice as long an archive has a higher peak.
 */

/** A port whose other end is closed: what is transferred to it is dropped. */
const { port1: nowhere, port2: closed } = new MessageChannel();
closed.close();

/**
 * Frees the whole buffer under `bytes`, unless they are only a part of it: others may see the rest. Transferring is what
 * frees it in Chromium; `ArrayBuffer.prototype.transfer(0)` keeps the memory until the collector comes, and no longer
 * tells the collector that it is there.
 */
export function freeBuffer(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) nowhere.postMessage(undefined, [buffer]);
}
