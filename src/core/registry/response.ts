/**
 * Bodies of answers and what is said of them: capped, let go, read as JSON, quoted. What becomes of an answer that is not
 * ok is in response-error.ts.
 */

/** Where a relay says that it answered itself, and why: "host-not-allowed". Exposed through CORS. */
export const RELAY_ERROR_HEADER = 'Pulltab-Relay-Error';

const QUOTE_LIMIT = 300;

/** The JSON value of UTF-8 bytes; undefined where they are not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** Foreign text made fit to be shown: no control or direction characters, one line, at most 300 characters. */
export function quote(text: string): string {
  const clean = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return clean.length > QUOTE_LIMIT ? `${clean.slice(0, QUOTE_LIMIT)}…` : clean;
}

/**
 * The whole body, or undefined as soon as it is longer than `limitBytes`; the rest is cancelled then.
 * @throws what the body's stream throws.
 */
export async function readCapped(response: Response, limitBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limitBytes) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Lets go of a body that nobody will read, so that its connection is free again. */
export async function discard(response: Response): Promise<void> {
  // A body that already failed has nothing left to free.
  await response.body?.cancel().catch(() => undefined);
}
