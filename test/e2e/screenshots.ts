/**
 * Takes the pictures under `.github/screenshots`: `npm run screenshots`, against the lab. The pictures are then made
 * small with ImageMagick: `mogrify -colors 128 -define png:compression-level=9 .github/screenshots/*.png`.
 */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startFaultProxy } from '../lab/fault-proxy.ts';
import { startLab } from '../lab/lab.ts';
import { startApp } from './app.ts';
import { openBrowser } from './browser.ts';

const FOLDER = join(import.meta.dirname, '../../.github/screenshots');
const WIDTHS = [1280, 390];

const { lab, stop: stopLab } = await startLab();
const slow = await startFaultProxy(lab.plain.host);
slow.setRules([{ path: /\/blobs\//, fault: { kind: 'throttle', bytesPerSecond: 4_000_000 } }]);
const app = await startApp();
const browser = await openBrowser();

const PICTURES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async home(page) {
    for (const reference of ['sample', `${lab.plain.host}/app/multi:1`]) {
      await page.goto(app.address(reference));
      await page.getByRole('button', { name: /^Download/ }).waitFor();
    }
    await page.goto(app.address(''));
    await page.getByRole('region', { name: 'Recent' }).getByRole('link').nth(1).waitFor();
  },
  async image(page) {
    await page.goto(app.address('sample'));
    await page.getByRole('combobox', { name: 'Platform' }).waitFor();
  },
  async files(page) {
    await page.goto(app.address('sample?view=files&path=/etc/os-release'));
    await page.getByText('PRETTY_NAME').first().waitFor();
  },
  async running(page) {
    await page.goto(app.address(`${slow.host}/app/medium:1`));
    await page.getByRole('button', { name: /^Download/ }).click();
    await page
      .locator('.job-phase')
      .getByText(/^\d\d %$/)
      .waitFor();
  },
  async finished(page) {
    await page.goto(app.address('sample'));
    await page.getByRole('button', { name: /^Download/ }).click();
    await page.getByText('All of it is already here').waitFor();
    const name = page.getByRole('region', { name: 'Downloads' }).getByRole('button', { expanded: false });
    if ((await name.count()) > 0) await name.first().click();
  },
  async error(page) {
    await page.goto(app.address(`${lab.plain.host}/app/multi:1?platform=linux/s390x`));
    await page.getByRole('alert').waitFor();
  },
};

try {
  for (const [name, prepare] of Object.entries(PICTURES)) {
    for (const width of WIDTHS) {
      for (const dark of [false, true]) {
        const page = await browser.newPage({ width, dark });
        await prepare(page);
        // Transitions have ended by then.
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(FOLDER, `${name}-${width}-${dark ? 'dark' : 'light'}.png`) });
        await page.context().close();
      }
    }
  }
} finally {
  await browser.close();
  await app.close();
  await slow.stop();
  await stopLab();
}
