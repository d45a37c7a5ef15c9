/** What an operator may set, read the same way on every platform. */
import * as v from 'valibot';
import { PulltabError } from '../core/errors.ts';

/** Where the relay is below the app's own address. */
export const MOUNT_PATH = '/relay';

/** The parts of "a, b,c". */
export function listOf(text = ''): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/**
 * Origins whose pages may use the relay.
 * @throws PulltabError `settings-invalid` for what is not an origin as browsers write it
 */
export function checkedOrigins(origins: readonly string[]): readonly string[] {
  const wrong = origins.find((text) => !isOrigin(text));
  if (wrong === undefined) return origins;
  const attempted = `let pages of “${wrong}” use the relay`;
  throw new PulltabError('settings-invalid', { attempted, seen: 'it is not an origin as browsers write it' });
}

function isOrigin(text: string): boolean {
  // Parsers of addresses take "*" for a name, but no browser ever writes it.
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const Config = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((value) => !Array.isArray(value)),
  v.record(v.string(), v.unknown()),
);

/**
 * The deployer's config.json with this relay in it.
 * @param path of the file, for the error
 * @throws PulltabError `settings-invalid` for text that is no JSON object
 */
export function configWithRelay(text: string, path: string): string {
  const parsed = v.safeParse(Config, text);
  if (parsed.success) return JSON.stringify({ ...parsed.output, relay: MOUNT_PATH });
  throw new PulltabError('settings-invalid', { attempted: `read ${path}`, seen: 'it is no JSON object' });
}
