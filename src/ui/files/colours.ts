/**
 * Colours of common kinds of text files: highlight.js reads the text, and its tokens are kept as data. No HTML is made
 * of a file's content at any point.
 */
import type { HLJSApi, LanguageFn } from 'highlight.js';

export interface Token {
  readonly text: string;
  /** As highlight.js names it: "string", "title.function". */
  readonly scope: string | undefined;
}

/** Above this many characters, or with a line longer than that, colours would cost more than they tell. */
const COLOURED_CHARACTERS = 256 * 1024;
const COLOURED_LINE = 2000;

type Language =
  | 'bash'
  | 'c'
  | 'css'
  | 'dockerfile'
  | 'go'
  | 'ini'
  | 'javascript'
  | 'json'
  | 'makefile'
  | 'markdown'
  | 'nginx'
  | 'perl'
  | 'php'
  | 'properties'
  | 'python'
  | 'ruby'
  | 'rust'
  | 'sql'
  | 'typescript'
  | 'xml'
  | 'yaml';

const LOADERS: Readonly<Record<Language, () => Promise<{ default: LanguageFn }>>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  css: () => import('highlight.js/lib/languages/css'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  makefile: () => import('highlight.js/lib/languages/makefile'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  nginx: () => import('highlight.js/lib/languages/nginx'),
  perl: () => import('highlight.js/lib/languages/perl'),
  php: () => import('highlight.js/lib/languages/php'),
  properties: () => import('highlight.js/lib/languages/properties'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  ...{ sh: 'bash', bash: 'bash', zsh: 'bash', ksh: 'bash', postinst: 'bash', prerm: 'bash', postrm: 'bash' },
  ...{
    preinst: 'bash',
    c: 'c',
    h: 'c',
    cc: 'c',
    cpp: 'c',
    hpp: 'c',
    css: 'css',
    scss: 'css',
    dockerfile: 'dockerfile',
  },
  ...{ go: 'go', conf: 'ini', cfg: 'ini', ini: 'ini', toml: 'ini', service: 'ini', desktop: 'ini', repo: 'ini' },
  ...{ js: 'javascript', mjs: 'javascript', cjs: 'javascript', jsx: 'javascript', json: 'json', map: 'json' },
  ...{ mk: 'makefile', md: 'markdown', pl: 'perl', pm: 'perl', php: 'php', properties: 'properties', py: 'python' },
  ...{ rb: 'ruby', gemspec: 'ruby', rs: 'rust', sql: 'sql', ts: 'typescript', tsx: 'typescript', mts: 'typescript' },
  ...{ xml: 'xml', html: 'xml', htm: 'xml', svg: 'xml', xhtml: 'xml', yaml: 'yaml', yml: 'yaml' },
};

const BY_NAME: Readonly<Record<string, Language>> = {
  ...{ Dockerfile: 'dockerfile', Containerfile: 'dockerfile', Makefile: 'makefile', Gemfile: 'ruby', Rakefile: 'ruby' },
  ...{ 'nginx.conf': 'nginx', 'os-release': 'properties', '.bashrc': 'bash', '.profile': 'bash', profile: 'bash' },
  ...{ 'bash.bashrc': 'bash', '.npmrc': 'ini', '.gitconfig': 'ini', 'lsb-release': 'properties' },
};

const BY_INTERPRETER: readonly (readonly [RegExp, Language])[] = [
  [/\b(?:ba|da|z|k)?sh\b/, 'bash'],
  [/\bpython/, 'python'],
  [/\bperl/, 'perl'],
  [/\bnode\b/, 'javascript'],
  [/\bruby/, 'ruby'],
  [/\bphp/, 'php'],
];

/** By name, else by the line that names the interpreter. */
export function languageOf(name: string, text: string): Language | undefined {
  const known = own(BY_NAME, name) ?? own(BY_EXTENSION, name.slice(name.lastIndexOf('.') + 1).toLowerCase());
  if (known !== undefined || !text.startsWith('#!')) return known;
  const line = text.slice(0, text.indexOf('\n'));
  return BY_INTERPRETER.find(([pattern]) => pattern.test(line))?.[1];
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Tokens of each line; undefined where the text is of no known kind, or too large for colours. */
export async function colourLines(name: string, text: string): Promise<Token[][] | undefined> {
  const language = languageOf(name, text);
  if (language === undefined || text.length > COLOURED_CHARACTERS) return undefined;
  if (text.split('\n').some((line) => line.length > COLOURED_LINE)) return undefined;
  const [{ default: core }, { default: grammar }] = await Promise.all([
    import('highlight.js/lib/core'),
    LOADERS[language](),
  ]);
  return tokensOf(core, language, grammar, text);
}

function tokensOf(core: HLJSApi, language: string, grammar: LanguageFn, text: string): Token[][] | undefined {
  if (core.getLanguage(language) === undefined) core.registerLanguage(language, grammar);
  core.configure({ __emitter: TokenEmitter });
  const { _emitter: emitter, errorRaised } = core.highlight(text, { language, ignoreIllegals: true });
  if (errorRaised !== undefined || !(emitter instanceof TokenEmitter)) return undefined;
  // What is shown is the file, to the character, or it is shown without colours.
  const coloured = emitter.lines.map((line) => line.map((token) => token.text).join('')).join('\n');
  return coloured === text ? emitter.lines : undefined;
}

/** Where highlight.js puts what it finds: in place of the HTML that it makes by default. */
class TokenEmitter {
  readonly lines: Token[][] = [[]];
  readonly #scopes: string[] = [];

  addText(text: string): void {
    this.#add(
      text,
      this.#scopes.findLast((scope) => !scope.startsWith('language:')),
    );
  }

  startScope(name: string): void {
    this.#scopes.push(name);
  }

  endScope(): void {
    this.#scopes.pop();
  }

  // What the above were called before; highlight.js itself still calls them so in places.
  openNode(name: string): void {
    this.#scopes.push(name);
  }

  closeNode(): void {
    this.#scopes.pop();
  }

  finalize(): void {}

  toHTML(): string {
    return '';
  }

  __addSublanguage(other: unknown): void {
    if (!(other instanceof TokenEmitter)) return;
    for (const [at, line] of other.lines.entries()) {
      if (at > 0) this.lines.push([]);
      for (const { text, scope } of line) this.#add(text, scope);
    }
  }

  #add(text: string, scope: string | undefined): void {
    for (const [at, part] of text.split('\n').entries()) {
      if (at > 0) this.lines.push([]);
      if (part !== '') this.lines.at(-1)?.push({ text: part, scope });
    }
  }
}
