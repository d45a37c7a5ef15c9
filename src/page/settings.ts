/**
 * The deployer's settings: `config.json` beside the page, read at start. A missing file means the defaults; a wrong one
 * is said aloud, and the defaults hold.
 */
import * as v from 'valibot';
import { PulltabError } from '../core/errors.ts';

const httpUrl = v.pipe(
  v.string(),
  v.check((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'is not an http(s) address'),
);
/** An address, or a path of the page's own host: "/relay". */
const relayAddress = v.union([
  v.pipe(v.string(), v.regex(/^\/(?!\/)[^?#\\]*$/, 'is neither a path nor an https address')),
  httpUrl,
]);

const Settings = v.object({
  relay: v.optional(v.nullable(relayAddress), null),
  registries: v.optional(
    v.record(
      v.string(),
      v.object({
        transport: v.optional(v.picklist(['auto', 'direct', 'relay'])),
        mirror: v.optional(httpUrl),
      }),
    ),
    {},
  ),
});

export type Settings = v.InferOutput<typeof Settings>;

const DEFAULT_SETTINGS: Settings = { relay: null, registries: {} };

export interface ReadSettings {
  readonly settings: Settings;
  /** `settings-invalid`, when the defaults are in use because of it. */
  readonly error: PulltabError | undefined;
}

/** @param asking the request for config.json */
export async function readSettings(asking: Promise<Response>): Promise<ReadSettings> {
  const attempted = 'read the settings of this page (config.json)';
  const refused = (seen: string, cause?: unknown): ReadSettings => ({
    settings: DEFAULT_SETTINGS,
    error: new PulltabError('settings-invalid', { attempted, seen, cause }),
  });
  let text: string;
  try {
    const response = await asking;
    // Many static hosts answer 404 with a page of their own: there are no settings then.
    if (response.status === 404) return { settings: DEFAULT_SETTINGS, error: undefined };
    if (!response.ok) return refused(`the host of this page answered ${response.status}`);
    text = await response.text();
  } catch {
    // Without a network the app still opens from its cache, and then no relay could be reached either.
    return { settings: DEFAULT_SETTINGS, error: undefined };
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Settings), text);
  if (parsed.success) return { settings: parsed.output, error: undefined };
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  return refused(`${path === null ? 'it' : `“${path}”`} is wrong: ${issue.message}`);
}
