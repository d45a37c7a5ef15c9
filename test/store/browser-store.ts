/** The store in a real browser: a blank page whose globals are the store's modules, served as source by Vite. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { openBrowser } from '../e2e/browser.ts';
import { removeFolder, temporaryFolder } from '../lab/process.ts';

/** What the page's scripts find as globals. */
export interface StoreGlobals {
  readonly blobs: typeof import('../../src/store/blobs.ts');
  readonly manifests: typeof import('../../src/store/manifests.ts');
  readonly recent: typeof import('../../src/store/recent.ts');
  readonly failures: typeof import('../../src/store/failures.ts');
  readonly tagHistory: typeof import('../../src/store/tag-history.ts');
  readonly layerIndexes: typeof import('../../src/store/layer-indexes.ts');
  readonly database: typeof import('../../src/store/database.ts');
}

const MODULES = [
  'blobs',
  'manifests',
  'recent',
  'failures',
  'tagHistory',
  'layerIndexes',
  'database',
] satisfies (keyof StoreGlobals)[];
/** "tag-history" for `tagHistory`. */
const fileOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const SCRIPT = MODULES.map((name) => `import * as ${name} from '/src/store/${fileOf(name)}.ts';`).join('\n');
const PAGE = `<!doctype html><script type="module">${SCRIPT}\nObject.assign(globalThis, { ${MODULES.join(', ')} });</script>`;

export interface BrowserStore {
  /** A page with an empty profile. */
  newPage(): Promise<Page>;
  /** Another page that shares the storage of this one. */
  another(page: Page): Promise<Page>;
  close(): Promise<void>;
}

export async function openBrowserStore(): Promise<BrowserStore> {
  const cacheDir = temporaryFolder('vite');
  const server = await createServer({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    cacheDir,
    logLevel: 'error',
    appType: 'custom',
    optimizeDeps: { include: ['idb'], noDiscovery: true },
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    plugins: [
      {
        name: 'blank-page',
        configureServer: ({ middlewares }) =>
          void middlewares.use('/blank', (_, response) => {
            response.setHeader('Content-Type', 'text/html').end(PAGE);
          }),
      },
    ],
  });
  await server.listen();
  const url = `${server.resolvedUrls?.local[0]}blank`;
  const browser = await openBrowser();
  const open = async (page: Page) => {
    await page.goto(url);
    await page.waitForFunction(() => 'database' in globalThis);
    return page;
  };
  return {
    newPage: async () => open(await browser.newPage()),
    another: async (page) => open(await page.context().newPage()),
    async close() {
      await browser.close();
      await server.close();
      removeFolder(cacheDir);
    },
  };
}
