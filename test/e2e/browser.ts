/** Chromium for the end-to-end tests: Debian's, driven by playwright-core, one fresh profile for each page. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { removeFolder, temporaryFolder } from '../lab/process.ts';

export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenBrowser {
  /** A page with a profile of its own: no cache, no storage, no service worker of another test. */
  newPage(options?: { readonly width?: number; readonly dark?: boolean }): Promise<Page>;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** @param extraArgs for example `--js-flags=--jitless`, which leaves a browser without WebAssembly */
export async function openBrowser(extraArgs: readonly string[] = []): Promise<OpenBrowser> {
  const folder = temporaryFolder('chromium');
  const downloads = join(folder, 'downloads');
  mkdirSync(downloads);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...CHROMIUM_ARGS, ...extraArgs],
    downloadsPath: downloads,
  });
  const contexts: BrowserContext[] = [];
  return {
    browser,
    async newPage({ width = 1280, dark = false } = {}) {
      const viewport = { width, height: width < 640 ? 844 : 800 };
      const context = await browser.newContext({ viewport, colorScheme: dark ? 'dark' : 'light' });
      contexts.push(context);
      return context.newPage();
    },
    async close() {
      await browser.close();
      removeFolder(folder);
    },
  };
}

/**
 * A Chromium with a profile on disk: the same `folder` again finds what it stored before.
 * @param folder profile and downloads go there
 */
export async function openProfile(folder: string): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: '/usr/bin/chromium',
    args: [...CHROMIUM_ARGS],
    downloadsPath: join(folder, 'downloads'),
  });
  return { context, page: context.pages()[0] ?? (await context.newPage()) };
}

/** Presses Download and waits until the file is on disk. */
export async function download(page: Page): Promise<{ readonly path: string; readonly fileName: string }> {
  const waiting = page.waitForEvent('download', { timeout: 60_000 });
  await page.getByRole('button', { name: /^Download/ }).click();
  const started = await waiting;
  const path = await started.path();
  return { path, fileName: started.suggestedFilename() };
}

/** Exact bytes that the button announces. */
export async function announcedBytes(page: Page): Promise<number> {
  const title = await page.getByRole('button', { name: /^Download/ }).getAttribute('title');
  return Number(title?.split(' ')[0]?.replaceAll(',', ''));
}

/**
 * Presses Download, reloads the page in its midst and resumes.
 * @param between called while nothing runs; before it, the download has to last
 */
export async function interruptedDownload(page: Page, between: () => void): ReturnType<typeof download> {
  await page.getByRole('button', { name: /^Download/ }).click();
  const downloads = page.getByRole('region', { name: 'Downloads' });
  await downloads
    .getByText(/^[1-9]\d? %$/)
    .first()
    .waitFor();
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  between();
  const waiting = page.waitForEvent('download');
  await downloads.getByRole('button', { name: 'Resume', exact: true }).click();
  const started = await waiting;
  return { path: await started.path(), fileName: started.suggestedFilename() };
}
