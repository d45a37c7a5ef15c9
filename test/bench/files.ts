/**
 * `tsx test/bench/files.ts [--quick]` (quick: on a machine that is busy or not): the files view with an image of 300,000 paths in Chromium. How long frames take while the
 * whole list scrolls by, at a wheel's, a drag's and a jump's speed, and how long a search by name takes to its rows.
 * Reports figures and never judges them by its exit code.
 */
import { join } from 'node:path';
import { argv } from 'node:process';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGS } from '../e2e/browser.ts';
import { startBuiltApp } from './app.ts';
import { CACHE } from './images.ts';
import { describeMachine, waitForQuiet } from './machine.ts';
import { MANY_FILES, MANY_FILES_PATHS, startManyFilesRegistry } from './many-files.ts';

const FRAMES = 300;
/** The issue of full frame rate: no frame may take longer (ms). */
const LONGEST_FRAME_MS = 32;
/** Pixels a frame: reading, a fast wheel, a fast drag of the bar, from end to end. */
const SPEEDS = [20, 200, 2000, 28_000];
const SEARCHES = ['package-250', 'module-77.js', 'srv/layer-2/package-499/module-198', 'nothing-is-called-this'];
const MOST_SEARCH_MS = 100;

interface Frames {
  /** ms, the longest last. */
  readonly sorted: readonly number[];
  /** Rows on screen that had not come when the scrolling ended. */
  readonly waiting: number;
}

async function main(): Promise<void> {
  const registry = await startManyFilesRegistry();
  const app = await startBuiltApp(join(CACHE, 'dist-files'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...CHROMIUM_ARGS] });
  try {
    console.info(await describeMachine());
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const startedMs = performance.now();
    await page.goto(`${app.url}#/${registry.host}/${MANY_FILES}?view=files`);
    await page.getByText(`${MANY_FILES_PATHS.toLocaleString('en')} paths`).waitFor({ timeout: 120_000 });
    console.info(`all ${MANY_FILES_PATHS} paths listed after ${Math.round(performance.now() - startedMs)} ms`);
    await page.getByRole('button', { name: 'Unfold all' }).click();
    await page.getByRole('treegrid', { name: 'Files' }).getByText('module-0.js').first().waitFor();
    if (!argv.includes('--quick')) console.info(`at a load of ${await waitForQuiet()}`);
    for (const speed of SPEEDS) reportScroll(speed, await scroll(page, speed));
    for (const text of SEARCHES) await search(page, text);
  } finally {
    await browser.close();
    await app.close();
    registry.stop();
  }
}

function reportScroll(speed: number, { sorted, waiting }: Frames): void {
  const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN).toFixed(1);
  const long = sorted.filter((ms) => ms > LONGEST_FRAME_MS).length;
  const verdict = long === 0 ? 'ok    ' : 'MISSED';
  const figures = `median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms, ${waiting} rows still to come`;
  console.info(
    `${verdict} ${long} of ${sorted.length} frames over ${LONGEST_FRAME_MS} ms at ${speed} px a frame: ${figures}`,
  );
}

/** As text: what tsx makes of functions does not run in a page. */
function scroll(page: Page, speed: number): Promise<Frames> {
  return page.evaluate(`new Promise((resolve) => {
    const list = document.querySelector('[role=treegrid]');
    const frames = [];
    let last;
    list.scrollTop = 0;
    requestAnimationFrame(function step(now) {
      if (last !== undefined) frames.push(now - last);
      last = now;
      const end = list.scrollHeight - list.clientHeight;
      list.scrollTop = list.scrollTop + ${speed} > end ? 0 : list.scrollTop + ${speed};
      if (frames.length < ${FRAMES}) return requestAnimationFrame(step);
      const waiting = [...list.querySelectorAll('.file-row-passing')].filter((row) => row.textContent === '…').length;
      resolve({ sorted: frames.sort((a, b) => a - b), waiting });
    });
  })`);
}

/** From the key to the rows: the pause after typing is part of it. */
async function search(page: Page, text: string): Promise<void> {
  const field = page.getByRole('searchbox', { name: 'Find by name' });
  await field.fill(text.slice(0, -1));
  await page.waitForTimeout(1000);
  const tookMs: number = await page.evaluate(`new Promise((resolve) => {
    const field = document.querySelector('[aria-label="Find by name"]');
    const before = document.querySelector('.files-summary').textContent;
    const startedMs = performance.now();
    new MutationObserver((_, observer) => {
      if (document.querySelector('.files-summary [data-asked]')?.dataset.asked !== ${JSON.stringify(text)}) return;
      observer.disconnect();
      resolve(performance.now() - startedMs);
    }).observe(document.querySelector('.files'), { subtree: true, childList: true, characterData: true, attributes: true });
    field.value = ${JSON.stringify(text)};
    field.dispatchEvent(new Event('input', { bubbles: true }));
  })`);
  const verdict = tookMs < MOST_SEARCH_MS ? 'ok    ' : 'MISSED';
  const found = await page.locator('.files-summary').innerText();
  console.info(`${verdict} search for ${text}: ${Math.round(tookMs)} ms to “${found}”`);
}

await main();
