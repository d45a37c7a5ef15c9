/**
 * Reads `WWW-Authenticate` with a state machine: RFC 9110 section 11.6.1 and the Bearer scheme of
 * https://distribution.github.io/distribution/spec/auth/token/. `fetch` joins repeated headers with ", ", so one string
 * may hold several challenges, and values such as `scope="repository:a/b:pull,push"` hold commas themselves.
 */

export interface Challenge {
  /** Lower case: "bearer", "basic", "negotiate". */
  readonly scheme: string;
  /** Keys in lower case. Of a repeated key the first value counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

export interface BearerChallenge {
  /** As sent: may be relative, or hostile. `resolveRealm` decides. */
  readonly realm: string;
  readonly service: string | undefined;
  /** "insufficient_scope", "invalid_token" and the like. */
  readonly error: string | undefined;
  readonly scope: string | undefined;
}

/** Longest header that is looked at, in characters. The longest one seen in real registries has about 400. */
export const CHALLENGE_LIMIT = 8192;

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[-._~+/0-9A-Za-z]+=*(?=\s*(?:,|$))/y;
const SPACE = /[ \t]*/y;
const SEPARATORS = /[ \t,]*/y;

/**
 * All challenges of one header, in its order. Never throws: what cannot be read ends the list, and what was read
 * before it stays. An unquoted value runs to the next comma or space, which is how some registries send a realm.
 */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, CHALLENGE_LIMIT);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;

  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return '';
    at += match[0].length;
    return match[0];
  }

  while (at < text.length) {
    take(SEPARATORS);
    const word = take(TOKEN);
    if (word === '') break;
    const afterWord = at;
    take(SPACE);
    const current = challenges.at(-1);
    if (text[at] === '=' && current !== undefined) {
      at += 1;
      take(SPACE);
      const value = text[at] === '"' ? takeQuoted() : take(/[^\s,]*/y);
      if (value === undefined) break;
      const key = word.toLowerCase();
      if (!current.parameters.has(key)) current.parameters.set(key, value);
      continue;
    }
    // A word without "=" starts a challenge and must be set off from what follows it.
    if (text[at] === '=' || (at === afterWord && at < text.length && text[at] !== ',')) break;
    challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    // "Negotiate oYG2…==": one token68 instead of parameters.
    take(TOKEN68);
  }
  return challenges;

  /** The text between quotes with `\x` read as `x`; undefined where the closing quote is missing. */
  function takeQuoted(): string | undefined {
    let value = '';
    for (at += 1; at < text.length; at++) {
      const character = text[at];
      if (character === '"') {
        at += 1;
        return value;
      }
      if (character === '\\') at += 1;
      value += text[at] ?? '';
    }
    return undefined;
  }
}

/** The first Bearer challenge with a realm: Bearer is preferred to Basic wherever a registry offers both. */
export function bearerChallenge(challenges: readonly Challenge[]): BearerChallenge | undefined {
  for (const { scheme, parameters } of challenges) {
    const realm = parameters.get('realm');
    if (scheme !== 'bearer' || realm === undefined || realm === '') continue;
    const service = parameters.get('service');
    return {
      realm,
      service: service === '' ? undefined : service,
      error: parameters.get('error'),
      scope: parameters.get('scope'),
    };
  }
  return undefined;
}
