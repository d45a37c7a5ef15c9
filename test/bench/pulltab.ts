/**
 * Pulltab as a person uses it: the image's page in a Chromium with a new profile on disk, a click on Download, and the
 * file. (A profile on disk, because Chromium keeps the storage of a private one in memory.)
 */
import { linkSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { CHROMIUM_ARGS } from '../e2e/browser.ts';
import { findProcess, memoryOf, watchMemory } from './memory.ts';

const SETTLE_MS = 2000;
/** Looking for an error costs the page a little, so not often. */
const LOOK_MS = 2000;

export interface Pull {
  /** From the click until the file is complete. */
  readonly seconds: number;
  /**
   * The largest memory of all Chromium processes, less what they used with the image's page open (bytes). Undefined for a
   * pull whose time counts: looking at memory ten times a second takes a good part of a core.
   */
  readonly memoryBytes: number | undefined;
  readonly file: string;
  /** Content-Length of the download. */
  readonly announcedBytes: number;
}

export interface PullOptions {
  /** Address of the image's page. */
  readonly address: string;
  /** An empty folder: profile and file go there. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** Whether to look at memory. */
  readonly memory: boolean;
  /** Called before the image's page is opened. */
  readonly before?: (page: Page) => Promise<void>;
  /** Called with the page at rest, before the click. What it returns is called once the file is complete. */
  readonly around?: ((page: Page, pid: number) => Promise<() => Promise<void> | void>) | undefined;
}

/** @throws Error when the download fails, or when the file's size is not the announced one. */
export async function pullInChromium(options: PullOptions): Promise<Pull> {
  const { folder, timeoutMs, memory, around } = options;
  const profile = join(folder, 'profile');
  const downloads = join(folder, 'downloads');
  mkdirSync(downloads, { recursive: true });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: [...CHROMIUM_ARGS],
    downloadsPath: downloads,
  });
  try {
    const pid = findProcess(`--user-data-dir=${profile}`);
    const page = await openSettled(context, options);
    const idleBytes = memoryOf(pid);
    const over = await around?.(page, pid);
    const watch = memory ? watchMemory(pid) : undefined;
    const pulled = await download(context, page, timeoutMs).finally(() => watch?.stop());
    await over?.();
    const memoryBytes = watch && watch.stop() - idleBytes;
    // Closing the browser removes its file, but not what another name links to.
    const file = join(folder, 'archive.tar');
    linkSync(pulled.path, file);
    const { size } = statSync(file);
    if (size !== pulled.announcedBytes) throw new Error(`${file} has ${size} bytes, not ${pulled.announcedBytes}`);
    return { seconds: pulled.seconds, memoryBytes, file, announcedBytes: pulled.announcedBytes };
  } finally {
    await context.close();
  }
}

/** The image's page, when it has been still for a while: everything is loaded and the service worker is ready. */
async function openSettled(context: BrowserContext, { address, before }: PullOptions): Promise<Page> {
  const page = context.pages()[0] ?? (await context.newPage());
  await before?.(page);
  await page.goto(address);
  await downloadButton(page).waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.waitForTimeout(SETTLE_MS);
  return page;
}

function downloadButton(page: Page): Locator {
  return page.getByRole('button', { name: /^Download/ });
}

async function download(
  context: BrowserContext,
  page: Page,
  timeoutMs: number,
): Promise<{ seconds: number; path: string; announcedBytes: number }> {
  const response = context.waitForEvent('response', {
    predicate: (candidate) => candidate.url().includes('/-/archive/'),
    timeout: timeoutMs,
  });
  const started = page.waitForEvent('download', { timeout: timeoutMs });
  const startedMs = performance.now();
  const failure = watchFailure(page);
  try {
    await downloadButton(page).click();
    const saved = (async () => (await started).path())();
    const path = await Promise.race([saved, failure.happened]);
    const seconds = (performance.now() - startedMs) / 1000;
    return { seconds, path, announcedBytes: Number((await response).headers()['content-length']) };
  } finally {
    failure.stop();
  }
}

/** Rejects with the page's own words when it shows an error. */
function watchFailure(page: Page): { readonly happened: Promise<never>; stop(): void } {
  let timer: ReturnType<typeof setInterval> | undefined;
  const happened = new Promise<never>((_, reject) => {
    timer = setInterval(async () => {
      const alert = page.getByRole('alert').first();
      if (await alert.isVisible().catch(() => false)) reject(new Error(`the page says: ${await alert.innerText()}`));
    }, LOOK_MS);
  });
  return { happened, stop: () => clearInterval(timer) };
}
