/** What tests of downloads stand on: the app, a browser, and the loaders that the saved files are given to. */
import { type Loaders, startLoaders } from '../lab/loaders.ts';
import { type App, startApp } from './app.ts';
import { type OpenBrowser, openBrowser } from './browser.ts';

export interface Stage {
  readonly app: App;
  readonly browser: OpenBrowser;
  readonly loaders: Loaders;
  close(): Promise<void>;
}

/** @param relayHosts see `startApp` */
export async function openStage(relayHosts?: readonly string[]): Promise<Stage> {
  const [app, browser, loaders] = await Promise.all([startApp(relayHosts), openBrowser(), startLoaders()]);
  return {
    app,
    browser,
    loaders,
    async close() {
      await browser.close();
      await app.close();
      await loaders.stop();
    },
  };
}
