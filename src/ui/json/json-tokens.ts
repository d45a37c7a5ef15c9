/**
 * JSON laid out for reading, token by token: every literal stays as it was sent. Parsing and printing again would
 * round large numbers, drop repeated keys and rewrite escapes. https://www.rfc-editor.org/rfc/rfc8259
 */
export interface JsonToken {
  readonly kind: 'key' | 'string' | 'literal' | 'layout';
  readonly text: string;
}

const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;
const INDENT = '  ';

/** The tokens of one well-formed document, with line breaks and indentation of our own as `layout`. */
export function layOutJson(text: string): JsonToken[] {
  const sources = text.match(TOKEN) ?? [];
  const tokens: JsonToken[] = [];
  let layout = '';
  let depth = 0;

  function flush() {
    if (layout !== '') tokens.push({ kind: 'layout', text: layout });
    layout = '';
  }

  sources.forEach((source, index) => {
    const previous = sources[index - 1];
    switch (source) {
      case '{':
      case '[':
        depth += 1;
        layout += isClosing(sources[index + 1]) ? source : source + lineBreak(depth);
        break;
      case '}':
      case ']':
        depth -= 1;
        layout += previous === '{' || previous === '[' ? source : lineBreak(depth) + source;
        break;
      case ',':
        layout += source + lineBreak(depth);
        break;
      case ':':
        layout += ': ';
        break;
      default:
        flush();
        tokens.push({ kind: kindOf(source, sources[index + 1]), text: source });
    }
  });
  flush();
  return tokens;
}

function kindOf(source: string, next: string | undefined): JsonToken['kind'] {
  if (!source.startsWith('"')) return 'literal';
  return next === ':' ? 'key' : 'string';
}

function isClosing(source: string | undefined): boolean {
  return source === '}' || source === ']';
}

function lineBreak(depth: number): string {
  return `\n${INDENT.repeat(depth)}`;
}
