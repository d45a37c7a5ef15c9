/**
 * The form of fields that Debian's control files and Python's metadata share: "Name: value" lines, values that go on in
 * lines that begin with a space, and empty lines between paragraphs.
 * https://www.debian.org/doc/debian-policy/ch-controlfields.html#syntax-of-control-files
 */

/** Each paragraph's fields, by name in lower case; of a repeated field all values. */
export function* paragraphsOf(text: string): Iterable<ReadonlyMap<string, readonly string[]>> {
  let fields = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      if (fields.size > 0) yield fields;
      fields = new Map();
      last = undefined;
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      const value = last?.pop();
      if (value !== undefined) last?.push(`${value}\n${line.trim()}`);
    } else {
      const colon = line.indexOf(':');
      if (colon <= 0) continue;
      const name = line.slice(0, colon).toLowerCase();
      last = fields.get(name) ?? [];
      last.push(line.slice(colon + 1).trim());
      fields.set(name, last);
    }
  }
  if (fields.size > 0) yield fields;
}
