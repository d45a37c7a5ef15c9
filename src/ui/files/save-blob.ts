/** Hands bytes to the browser's downloads. */

/** @param fileName made safe here: names of layers are not */
export function saveBlob(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = safeFileName(fileName);
  link.click();
  // The browser has taken the bytes by then; for large ones not within the same turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** One name, without what a file system or a shell takes for something else. */
export function safeFileName(name: string): string {
  const safe = name.replace(/[\p{C}\p{Z}/\\:*?"<>|]+/gu, '_').replace(/^[.\s]+/, '_');
  return safe.slice(0, 200) || 'file';
}
