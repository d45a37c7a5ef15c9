/** The same as `pulltab.ts` in Firefox: a new profile on disk, the image's page, a click on Download, and the file. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { firefox } from '../e2e/engines/firefox.ts';

const SETTLE_MS = 2000;
const LOOK_MS = 50;

/** @returns from the click until the file is complete (seconds). @throws Error when the download fails. */
export async function pullInFirefox(address: string, timeoutMs: number): Promise<number> {
  const browser = await firefox.start();
  try {
    await browser.open(address);
    await browser.waitForText(/Download \d/);
    await browser.evaluate(async () => void (await navigator.serviceWorker.ready));
    await sleep(SETTLE_MS);
    const startedMs = performance.now();
    await browser.click('button', /^Download \d/);
    const said = await browser.waitForText(/docker load -i|Failed at.*/, timeoutMs);
    if (said.startsWith('Failed')) throw new Error(`the page says: ${said}`);
    // What the browser has taken it may still have to write.
    let saved: string | undefined;
    while (saved === undefined) {
      saved = (await browser.listDownloads()).find(({ succeeded }) => succeeded)?.target;
      if (performance.now() - startedMs > timeoutMs) throw new Error('the download did not come to its end');
      if (saved === undefined) await sleep(LOOK_MS);
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const delivered = /[\d,]+(?= bytes delivered)/.exec(await browser.text('.job-detail'))?.[0].replaceAll(',', '');
    const { size } = statSync(saved);
    if (size !== Number(delivered)) throw new Error(`${basename(saved)} has ${size} bytes, not ${delivered}`);
    return seconds;
  } finally {
    await browser.close();
  }
}
