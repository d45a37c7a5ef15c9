/**
 * Debian's WebKitGTK: its MiniBrowser under Xvfb, driven by its own WebKitWebDriver. Its automated windows are private
 * ones, which store nothing on disk and refuse Blobs in IndexedDB. A download has its own name from its first byte on, and keeps it
 * when it fails.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { freePorts, removeFolder, startDaemon, temporaryFolder } from '../../lab/process.ts';
import { driveBrowser, type Engine, type Session } from './engine.ts';

const Value = v.object({ value: v.unknown() });
const NewSession = v.object({ sessionId: v.string() });

export const webkit: Engine = {
  name: 'WebKitGTK',
  async start() {
    // Downloads land in the home folder.
    const home = temporaryFolder('webkit');
    const display = await startDaemon('Xvfb', ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '1280x900x24'], {
      ready: (output) => /^\d+$/m.test(output),
    });
    const [port] = await freePorts(1);
    const base = `http://127.0.0.1:${port}`;
    const driver = await startDaemon('WebKitWebDriver', [`--port=${port}`], {
      ready: () => isAnswering(`${base}/status`),
      env: {
        HOME: home,
        DISPLAY: `:${/^\d+$/m.exec(display.output())?.[0]}`,
        // No rights for name spaces, no screen, no graphics card, no session bus.
        WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
        WEBKIT_DISABLE_COMPOSITING_MODE: '1',
        LIBGL_ALWAYS_SOFTWARE: '1',
        NO_AT_BRIDGE: '1',
      },
    });
    const options = { binary: findMiniBrowser(), args: ['--automation'] };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
    const { sessionId } = v.parse(NewSession, await send(`${base}/session`, { capabilities }));
    const session = `${base}/session/${sessionId}`;
    return driveBrowser({
      session: sessionOf(session),
      downloads: home,
      async close() {
        await fetch(session, { method: 'DELETE' });
        await driver.stop();
        await display.stop();
        removeFolder(home);
      },
    });
  },
};

/** Debian keeps it in the folder of the machine's kind. */
function findMiniBrowser(): string {
  const folders = readdirSync('/usr/lib').map((folder) => join('/usr/lib', folder, 'webkit2gtk-4.1/MiniBrowser'));
  const found = folders.find((path) => existsSync(path));
  if (found === undefined) throw new Error('there is no MiniBrowser of webkit2gtk-4.1 below /usr/lib');
  return found;
}

function isAnswering(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** @throws Error with what the driver says */
async function send(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const { value } = v.parse(Value, await answer.json());
  if (!answer.ok) throw new Error(`${url}: ${JSON.stringify(value)}`);
  return value;
}

function sessionOf(session: string): Session {
  return {
    navigate: async (url) => void (await send(`${session}/url`, { url })),
    refresh: async () => void (await send(`${session}/refresh`, {})),
    execute: (script, args) => send(`${session}/execute/sync`, { script, args }),
    clickElement: async (element) => void (await send(`${session}/element/${element}/click`, {})),
  };
}
