/** Debian's Firefox ESR with a profile on disk. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { removeFolder, startDaemon, temporaryFolder } from '../../lab/process.ts';
import { driveBrowser, type Engine, type EngineBrowser, type Session } from './engine.ts';
import { connectMarionette, type Marionette } from './marionette.ts';

export interface FirefoxBrowser extends EngineBrowser {
  /** Sets a preference of the running browser. */
  setPreference(name: string, value: number): Promise<void>;
  /** What the browser's own list of downloads says. */
  listDownloads(): Promise<readonly { readonly target: string; readonly succeeded: boolean }[]>;
}

type Preferences = Readonly<Record<string, string | number | boolean>>;

const PREFERENCES: Preferences = {
  // The system chooses a port, and the profile says which.
  'marionette.port': 0,
  'browser.download.folderList': 2,
  'browser.download.always_ask_before_handling_new_types': false,
  'browser.download.alwaysOpenPanel': false,
  'browser.helperApps.neverAsk.saveToDisk': 'application/x-tar,application/octet-stream',
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.aboutwelcome.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.cosmeticAnimations.enabled': false,
};

const Value = v.object({ value: v.unknown() });
const Downloads = v.array(v.object({ target: v.string(), succeeded: v.boolean() }));

const LIST_DOWNLOADS = `
  const { Downloads } = ChromeUtils.importESModule('resource://gre/modules/Downloads.sys.mjs');
  const list = await Downloads.getList(Downloads.ALL);
  return (await list.getAll()).map(({ target, succeeded }) => ({ target: target.path, succeeded }));
`;

export const firefox: Engine<FirefoxBrowser> = {
  name: 'Firefox',
  async start() {
    const folder = temporaryFolder('firefox');
    const profile = join(folder, 'profile');
    const downloads = join(folder, 'downloads');
    for (const made of [profile, downloads]) mkdirSync(made);
    writeFileSync(join(profile, 'user.js'), linesOf({ ...PREFERENCES, 'browser.download.dir': downloads }));
    const portFile = join(profile, 'MarionetteActivePort');
    const flags = ['--headless', '--no-remote', '--marionette', '--remote-allow-system-access'];
    const daemon = await startDaemon('firefox-esr', [...flags, '--profile', profile], {
      ready: () => existsSync(portFile) && readFileSync(portFile, 'utf8') !== '',
      env: { HOME: folder, MOZ_CRASHREPORTER_DISABLE: '1' },
      timeoutMs: 60_000,
    });
    const marionette = await connectMarionette(Number(readFileSync(portFile, 'utf8')));
    await marionette.send('WebDriver:NewSession', { capabilities: { alwaysMatch: {} } });
    const page = driveBrowser({
      session: sessionOf(marionette),
      downloads,
      partial: /\.part$/,
      async close() {
        marionette.close();
        await daemon.stop();
        removeFolder(folder);
      },
    });
    return {
      ...page,
      setPreference: async (name, value) =>
        void (await privileged(marionette, 'Services.prefs.setIntPref(...arguments);', [name, value])),
      listDownloads: async () => v.parse(Downloads, await privileged(marionette, LIST_DOWNLOADS, [])),
    };
  },
};

function linesOf(preferences: Preferences): string {
  return Object.entries(preferences)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

function sessionOf(marionette: Marionette): Session {
  return {
    navigate: async (url) => void (await marionette.send('WebDriver:Navigate', { url })),
    refresh: async () => void (await marionette.send('WebDriver:Refresh')),
    execute: async (script, args) =>
      v.parse(Value, await marionette.send('WebDriver:ExecuteScript', { script, args })).value,
    clickElement: async (id) => void (await marionette.send('WebDriver:ElementClick', { id })),
  };
}

/** Runs in the browser itself, where its own services can be reached. */
async function privileged(marionette: Marionette, script: string, args: readonly unknown[]): Promise<unknown> {
  await marionette.send('Marionette:SetContext', { value: 'chrome' });
  try {
    const body = `return (async function () { ${script} }).apply(null, arguments);`;
    return v.parse(Value, await marionette.send('WebDriver:ExecuteScript', { script: body, args })).value;
  } finally {
    await marionette.send('Marionette:SetContext', { value: 'content' });
  }
}
