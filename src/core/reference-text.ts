/** How an error repeats a text that someone typed or pasted: short, on one line, and never with a password. */

const SHOWN_MAX_LENGTH = 120;

/**
 * Whether a password may stand in the text: something is before an @ that is not a digest's, or an address carries more
 * than a host before its path.
 */
export function holdsSecret(text: string): boolean {
  if (!text.includes('@')) return false;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(text)) return true;
  const tail = text.slice(text.lastIndexOf('@') + 1);
  return text.indexOf('@') !== text.lastIndexOf('@') || !/^sha(?:256|512):[^/]*$/i.test(tail);
}

/** The text as an error repeats it: one short line, without the query of an address, and not at all if it may hold a password. */
export function shownText(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, ' ').trim();
  if (line === '') return 'the reference';
  if (holdsSecret(line)) return 'the reference (not repeated here, as it may hold a password)';
  const bare = line.includes('://') ? line.replace(/[?#].*$/, '') : line;
  return `the reference “${bare.length > SHOWN_MAX_LENGTH ? `${bare.slice(0, SHOWN_MAX_LENGTH)}…` : bare}”`;
}
