/** `readLayer` in a real browser, whose gunzip is another one than Node's: a blank page that imports it as Vite serves it. */
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { openBrowser } from '../../e2e/browser.ts';
import { removeFolder, temporaryFolder } from '../../lab/process.ts';

/** What the page's scripts find as globals. */
export interface LayerGlobals {
  readonly readLayer: typeof import('../../../src/core/layer/read-layer.ts').readLayer;
  readonly createWasmHasher: typeof import('../../../src/core/hash/hasher.ts').createWasmHasher;
}

const PAGE = `<!doctype html><script type="module">
import { readLayer } from '/src/core/layer/read-layer.ts';
import { createWasmHasher } from '/src/core/hash/hasher.ts';
Object.assign(globalThis, { readLayer, createWasmHasher });
</script>`;

/** What comes back from the page of an index. */
export interface BrowserReading {
  readonly count: number;
  readonly uncompressedBytes: number;
  readonly diffId: string | undefined;
  readonly complete: boolean;
  readonly problems: readonly string[];
}

export interface BrowserLayers {
  read(file: string): Promise<BrowserReading>;
  close(): Promise<void>;
}

export async function openBrowserLayers(): Promise<BrowserLayers> {
  const cacheDir = temporaryFolder('vite');
  const server = await createServer({
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    configFile: false,
    cacheDir,
    logLevel: 'error',
    appType: 'custom',
    optimizeDeps: { include: ['fflate', 'fzstd', 'hash-wasm'], noDiscovery: true },
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    plugins: [
      {
        name: 'layers',
        configureServer({ middlewares }) {
          middlewares.use('/blank', (_, response) => void response.setHeader('Content-Type', 'text/html').end(PAGE));
          middlewares.use('/layer', ({ url }, response) => {
            const file = new URL(url ?? '', 'http://layers').searchParams.get('file') ?? '';
            createReadStream(file).pipe(response.setHeader('Content-Type', 'application/octet-stream'));
          });
        },
      },
    ],
  });
  await server.listen();
  const browser = await openBrowser();
  const page = await browser.newPage();
  await page.goto(`${server.resolvedUrls?.local[0]}blank`);
  await page.waitForFunction(() => 'readLayer' in globalThis);
  return {
    read: (file) => readInPage(page, file),
    async close() {
      await browser.close();
      await server.close();
      removeFolder(cacheDir);
    },
  };
}

function readInPage(page: Page, file: string): Promise<BrowserReading> {
  return page.evaluate(async (path) => {
    const { readLayer, createWasmHasher } = globalThis as typeof globalThis & LayerGlobals;
    const { body } = await fetch(`layer?file=${encodeURIComponent(path)}`);
    if (body === null) throw new Error('nothing came');
    const hash = await createWasmHasher('sha256');
    const index = await readLayer(body, { signal: new AbortController().signal, hash });
    const { count, uncompressedBytes, diffId, complete, problems } = index;
    return { count, uncompressedBytes, diffId, complete, problems: problems.map(({ detail }) => detail) };
  }, file);
}
