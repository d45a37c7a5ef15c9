/** Base64 of UTF-8 text, as it stands in headers, in `config.json` and in Kubernetes' secrets: RFC 4648 section 4. */

export function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

/** With or without padding, line breaks allowed; undefined for what is no base64. */
export function fromBase64(text: string): string | undefined {
  const bare = text.replace(/\s+/g, '').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) return undefined;
  return new TextDecoder().decode(Uint8Array.from(atob(bare), (character) => character.charCodeAt(0)));
}
