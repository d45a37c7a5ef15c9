/**
 * One `created_by` of an image's history, as the instruction of a Dockerfile that it came from. Nothing specifies the
 * text; these are the forms that builders write:
 * - the classic builder and buildah: `/bin/sh -c apt-get update`, `/bin/sh -c #(nop)  CMD ["nginx"]`,
 *   `|1 VERSION=2 /bin/sh -c …` with build arguments, `cmd /S /C …` on Windows
 *   https://github.com/moby/moby/blob/v20.10.27/builder/dockerfile/internals.go
 * - BuildKit: `RUN /bin/sh -c apt-get update # buildkit`, `RUN |1 VERSION=2 /bin/sh -c …`, `COPY a b # buildkit`
 *   https://github.com/moby/buildkit/blob/v0.12.5/frontend/dockerfile/dockerfile2llb/convert.go
 * - kaniko: the instruction itself
 * Others (jib, ko, buildpacks, `docker commit`) write no instruction, and none is made up for them.
 */
import { quoteJson, readGoStrings } from './go-strings.ts';

const KEYWORDS =
  'ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR';
const INSTRUCTION = new RegExp(`^(${KEYWORDS})(?:\\s+(.*))?$`, 's');
/** What `SHELL` is until an instruction says otherwise; and Windows' own. */
const DEFAULT_SHELLS = ['/bin/sh -c', 'cmd /S /C', 'powershell -Command'];
/** Quoted texts, escaped characters, gaps, words. */
const TOKENS = /'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|\t+[ \t]*| {2,}[ \t]*|[^'"\\\t ]+| |['"\\]/g;

export interface Instruction {
  /** `RUN`; in capitals. */
  readonly keyword: string;
  /** All that stands behind it, perhaps in several lines. */
  readonly rest: string;
  /** Build arguments that were set for it, as `NAME=value`. */
  readonly buildArgs: readonly string[];
}

/**
 * @param shells command lines of `SHELL` instructions before this one, beside the usual ones
 * @returns undefined for what is no instruction
 */
export function readInstruction(createdBy: string, shells: readonly string[] = []): Instruction | undefined {
  const text = createdBy.replace(/\s+# buildkit\s*$/, '').trim();
  const known = [...shells, ...DEFAULT_SHELLS];
  const nop = readNop(text, known);
  if (nop !== undefined) return nop;
  const { buildArgs, command } = splitBuildArgs(text.replace(/^RUN (?=\|\d)/, ''), known);
  const shell = known.find((candidate) => command.startsWith(`${candidate} `) || command === candidate);
  if (shell !== undefined) {
    return { keyword: 'RUN', rest: formatScript(command.slice(shell.length).trim()), buildArgs };
  }
  if (buildArgs.length > 0) return { keyword: 'RUN', rest: command, buildArgs };
  const [, keyword, rest = ''] = INSTRUCTION.exec(text) ?? [];
  if (keyword === undefined) return undefined;
  return keyword === 'RUN' ? readRun(rest.trim(), known) : { keyword, rest: readRest(keyword, rest.trim()), buildArgs };
}

/** `#(nop)` marks what changes metadata or copies files: the classic builder wrote it as a command that does nothing. */
function readNop(text: string, shells: readonly string[]): Instruction | undefined {
  const [, shell, nop = ''] = /^([^#]+) #\(nop\)\s*([\s\S]*)$/.exec(text) ?? [];
  if (shell === undefined) return undefined;
  const [, keyword, rest = ''] = INSTRUCTION.exec(nop.trim()) ?? [];
  // The instruction that sets a shell is written with it already.
  if (keyword === undefined || (keyword !== 'SHELL' && !shells.includes(shell))) return undefined;
  return { keyword, rest: readRest(keyword, rest.trim()), buildArgs: [] };
}

function readRun(rest: string, shells: readonly string[]): Instruction {
  const shell = shells.find((candidate) => rest.startsWith(`${candidate} `));
  return {
    keyword: 'RUN',
    rest: formatScript(shell === undefined ? rest : rest.slice(shell.length + 1)),
    buildArgs: [],
  };
}

/** `|2 A=1 B=two words /bin/sh -c make`: how many there are is said, where a value ends is not. */
function splitBuildArgs(text: string, shells: readonly string[]): { buildArgs: readonly string[]; command: string } {
  const [, count, rest = ''] = /^\|(\d+) ([\s\S]*)$/.exec(text) ?? [];
  if (count === undefined) return { buildArgs: [], command: text };
  const ends = shells.map((shell) => rest.indexOf(` ${shell} `)).filter((at) => at >= 0);
  // Without a shell it is a list of arguments, which begins with a path as a rule.
  const command = rest.search(/ (?=\/)/);
  const byCount = rest.split(' ').slice(0, Number(count)).join(' ').length;
  const end = ends.length > 0 ? Math.min(...ends) : command >= 0 ? command : byCount;
  return { buildArgs: splitAssignments(rest.slice(0, end)), command: rest.slice(end).trim() };
}

/** A word that is no `NAME=` belongs to the value before it. */
function splitAssignments(text: string): string[] {
  return text.split(/ (?=[A-Za-z_][\w.-]*=)/).filter((part) => part !== '');
}

function readRest(keyword: string, rest: string): string {
  switch (keyword) {
    case 'CMD':
    case 'ENTRYPOINT':
      return readVector(rest);
    case 'SHELL':
      return readVector(rest, readGoList(rest));
    case 'ADD':
    case 'COPY':
      // The classic builder names what it copied by its hash: `file:4b62… in /app`.
      // Options stand before it, without a space.
      return rest.replace(/^(--.*?)?((?:file|dir|multi):[0-9a-f]+) in /, (_, options?: string, file?: string) =>
        [...(options === undefined ? [] : [options.trim()]), file, ''].join(' '),
      );
    case 'ENV':
    case 'LABEL':
      return quoteAssignments(rest);
    case 'EXPOSE':
      return readGoList(rest).join(' ');
    case 'VOLUME':
      return rest.startsWith('[') ? readVector(rest, readGoList(rest)) : rest;
    case 'HEALTHCHECK':
      return readHealthCheck(rest);
    default:
      return rest;
  }
}

/** `["nginx" "-g" "daemon off;"]`, as Go prints a list, with the commas that a Dockerfile has. */
function readVector(rest: string, otherwise?: readonly string[]): string {
  if (!rest.startsWith('[') || !rest.endsWith(']')) return rest;
  const texts = readGoStrings(rest);
  if (texts.length === 0 && otherwise === undefined) return rest;
  return `[${(texts.length > 0 ? texts : (otherwise ?? [])).map(quoteJson).join(', ')}]`;
}

/** `map[443/tcp:{} 80/tcp:{}]` or `[80/tcp]`, as Go prints sets and lists; anything else word by word. */
function readGoList(rest: string): string[] {
  const inside = /^(?:map)?\[([\s\S]*)\]$/.exec(rest)?.[1] ?? rest;
  return inside
    .split(/\s+/)
    .map((word) => word.replace(/:\{\}$/, ''))
    .filter((word) => word !== '');
}

/** Values that hold spaces come without the quotes they were written in. */
function quoteAssignments(rest: string): string {
  if (!/^[\w."/-]+=/.test(rest) || /=\s*["']/.test(rest)) return rest;
  return rest
    .split(/ (?=[A-Za-z_][\w./-]*=)/)
    .map((assignment) => {
      const equals = assignment.indexOf('=');
      const value = assignment.slice(equals + 1);
      if (!/[\s"'\\$]/.test(value)) return assignment;
      // What stands there is what it came to: a `$` is no variable any more.
      return `${assignment.slice(0, equals)}=${quoteJson(value).replaceAll('$', '\\$')}`;
    })
    .join(' ');
}

/** `&{["CMD-SHELL" "curl -f http://localhost/"] "30s" "3s" "0s" "0s" '\x03'}`: test, interval, timeout, start, retries. */
function readHealthCheck(rest: string): string {
  const [, test, times = ''] = /^&\{(\[[\s\S]*\]) ([^\]]*)\}$/.exec(rest) ?? [];
  if (test === undefined) return rest;
  const [kind, ...command] = readGoStrings(test);
  if (kind === 'NONE') return 'NONE';
  const [interval, timeout, start] = readGoStrings(times);
  const options = [
    ...option('interval', interval),
    ...option('timeout', timeout),
    ...option('start-period', start),
    ...option('retries', readRetries(times)),
  ];
  const run = kind === 'CMD-SHELL' ? command.join(' ') : `[${command.map(quoteJson).join(', ')}]`;
  return [...options, 'CMD', run].join(' ');
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined || value === '0s' || value === '0' ? [] : [`--${name}=${value}`];
}

/** Go prints the number of retries as a character: `'\x03'`, or a plain number in later versions. */
function readRetries(times: string): string | undefined {
  const [, hex, plain] = /(?:'\\(?:x|u)([0-9a-f]+)'|(\d+))$/.exec(times.trim()) ?? [];
  return hex === undefined ? plain : String(Number.parseInt(hex, 16));
}

/** Continuation lines come joined, with their indentation: that is where they were. Lines of a heredoc come whole. */
function formatScript(script: string): string {
  if (!script.includes('\n')) return breakAtIndentation(script);
  if (/<<-?\s*["']?\w/.test(script.slice(0, script.indexOf('\n')))) return script;
  let word = 'EOF';
  while (script.split('\n').includes(word)) word += '_';
  return `<<${word}\n${script.replace(/\n+$/, '')}\n${word}`;
}

/** Only outside of quotes, where white space is white space; short gaps are part of a line unless an operator is near. */
function breakAtIndentation(script: string): string {
  const tokens = script.match(TOKENS) ?? [];
  return tokens
    .map((token, at) => {
      const isGap = /^(?:\t| {2})/.test(token);
      if (!isGap) return token;
      const isNearOperator = /[;&|{]$/.test(tokens[at - 1] ?? '') || /^(?:&&|\|)/.test(tokens[at + 1] ?? '');
      return /\t| {4}/.test(token) || isNearOperator ? ' \\\n    ' : token;
    })
    .join('');
}
