/** Accounts and settings in a browser: signing in where a registry wants it, what is kept, and what settings change. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../lab/lab.ts';
import { LAB_ACCOUNT } from '../lab/token-server.ts';
import { useLab } from '../lab/use-lab.ts';
import { type App, startApp } from './app.ts';
import { download, type OpenBrowser, openBrowser } from './browser.ts';

let lab: Lab;
let app: App;
let browser: OpenBrowser;
let page: Page;
let registry: string;
let image: string;
let realm: string;

beforeAll(async () => {
  lab = await useLab();
  registry = lab.nginx.host;
  image = `${registry}/private/hello:1`;
  realm = new URL(lab.tokenServer.realm).host;
  [app, browser] = await Promise.all([
    startApp([lab.plain.base, lab.token.base, new URL(lab.tokenServer.realm).origin], true),
    openBrowser(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

afterEach(async () => {
  await page.context().close();
});

async function visit(route: string, options: { width?: number } = {}): Promise<void> {
  page = await browser.newPage(options);
  await page.goto(app.address(route));
}

const alertOf = (code: string) => page.locator(`[role=alert][data-code=${code}]`);
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const userName = () => page.getByRole('textbox', { name: 'User name' });
const password = () => page.getByLabel('Password or token');

async function signIn(account: { username: string; password: string }, options: { keep?: boolean } = {}) {
  await userName().fill(account.username);
  await password().fill(account.password);
  if (options.keep === true) await page.getByRole('checkbox', { name: /Keep on this device/ }).check();
  await button('Sign in').click();
}

/** The lab's token server is at another port than its registry, so a person has to say that it may have the account. */
async function trustRealm() {
  await alertOf('realm-not-trusted').waitFor();
  await button(`Trust ${realm} for ${registry}`).click();
}

async function openPrivate(options: { keep?: boolean } = {}) {
  await signIn(LAB_ACCOUNT, options);
  await trustRealm();
  await button(/^Download/).waitFor();
}

/** Within the page, as a person goes: without loading it anew. */
async function goTo(route: string) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${route}`);
}

async function expectNoSidewaysScroll() {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content).toBeLessThanOrEqual(window ?? 0);
}

describe('an image that wants an account', () => {
  test('names the token service before it gets the account, refuses a wrong password, and opens with the right one', async () => {
    await visit(image);
    await page.getByRole('form', { name: `Sign in to ${registry}` }).waitFor();
    lab.tokenServer.clearRequests();
    await signIn({ username: 'lab', password: 'wrong' });
    await alertOf('realm-not-trusted').waitFor();
    expect(lab.tokenServer.requests().filter(({ authorization }) => authorization !== '')).toEqual([]);
    const question = await page.getByRole('region', { name: /^Send the account to/ }).innerText();
    expect(question).toContain(realm);
    expect(question).toContain(registry);
    await trustRealm();

    await alertOf('credentials-refused').waitFor();
    expect(await userName().inputValue()).toBe('lab');
    expect(await password().inputValue()).toBe('');
    expect(await password().evaluate((field) => field === document.activeElement)).toBe(true);

    await password().fill(LAB_ACCOUNT.password);
    await password().press('Enter');
    await button(/^Download/).waitFor();
    await page.locator('.image-head').getByText('with your account').waitFor({ state: 'attached' });
    const { path } = await download(page);
    expect(readFileSync(path).length).toBeGreaterThan(0);
    await page.getByRole('region', { name: 'Downloads' }).getByText('docker load').waitFor();
  });

  test('is reached with the keyboard alone', async () => {
    await visit(image);
    await userName().waitFor();
    await tabTo('User name');
    await page.keyboard.type(LAB_ACCOUNT.username);
    await tabTo('Password or token');
    await page.keyboard.type(LAB_ACCOUNT.password);
    await page.keyboard.press('Enter');
    await alertOf('realm-not-trusted').waitFor();
    await tabTo(`Trust ${realm} for ${registry}`);
    await page.keyboard.press('Enter');
    await button(/^Download/).waitFor();
  });

  test('says which field is empty, and sends nothing', async () => {
    await visit(image);
    await userName().waitFor();
    lab.tokenServer.clearRequests();
    await button('Sign in').click();
    await page.getByText('Type the user name.').waitFor();
    await userName().fill('lab');
    await userName().press('Enter');
    await page.getByText('Type the password or token.').waitFor();
    expect(lab.tokenServer.requests()).toEqual([]);
  });

  test('goes through a relay only with leave for it', async () => {
    await visit(`${lab.token.host}/private/hello:1`);
    await page.getByRole('checkbox', { name: /The relay .* may carry it/ }).waitFor();
    await signIn(LAB_ACCOUNT);
    // A page can read this registry's challenge, but not more of it.
    await alertOf('realm-not-trusted').waitFor();
    await button(`Trust ${realm} for ${lab.token.host}`).click();
    const relay = new URL(app.url).host;
    await alertOf('relay-not-trusted').waitFor();
    await page.getByRole('region', { name: `Let the relay ${relay} carry the account?` }).waitFor();
    await goTo('settings');
    expect(await page.getByRole('checkbox', { name: 'a relay may carry it' }).isChecked()).toBe(false);
    await page.goBack();
    await button(`Allow the relay ${relay}`).click();
    await button(/^Download/).waitFor();
    await page.locator('.transport').getByText(`via relay ${relay}`).waitFor();
    await goTo('settings');
    await page.getByRole('checkbox', { name: 'a relay may carry it', checked: true }).waitFor();
  });

  test('can be asked for again without the account, where it does not exist', async () => {
    await visit(image);
    await openPrivate();
    await goTo(`${registry}/private/nothing:1`);
    await alertOf('not-found').waitFor();
    await page.getByText('Signed in: lab').waitFor();
    await button('Sign out').click();
    await userName().waitFor();
  });

  test('does not scroll sideways on a small screen', async () => {
    await visit(image, { width: 390 });
    await userName().waitFor();
    await expectNoSidewaysScroll();
    await signIn({ username: 'lab', password: 'wrong' });
    await alertOf('realm-not-trusted').waitFor();
    await expectNoSidewaysScroll();
  });
});

describe('accounts', () => {
  test('are forgotten with the page unless they are kept', async () => {
    await visit(image);
    await openPrivate();
    await goTo('settings');
    await page.getByText('for this session only').waitFor();
    await page.reload();
    await page.getByText('Public images need no account.').waitFor();
    await goTo(image);
    await openPrivate({ keep: true });
    await goTo('settings');
    await page.getByText('kept on this device, encrypted').waitFor();
    await page.reload();
    await page.getByText('kept on this device, encrypted').waitFor();
    await goTo(image);
    await button(/^Download/).waitFor();
    await page.reload();
    await button(/^Download/).waitFor();
  });

  test('are all forgotten at once, after a question', async () => {
    await visit(image);
    await openPrivate({ keep: true });
    await goTo('settings');
    await button('Forget all accounts').click();
    await button('Keep them').click();
    await page.getByText('kept on this device, encrypted').waitFor();
    await button('Forget all accounts').click();
    await button('Yes, forget them').click();
    await page.getByText('Public images need no account.').waitFor();
    await page.reload();
    await page.getByText('Public images need no account.').waitFor();
    await goTo(image);
    await userName().waitFor();
  });

  test('are imported from a config.json, and what cannot work here is said by name', async () => {
    await visit('settings');
    const auth = Buffer.from(`${LAB_ACCOUNT.username}:${LAB_ACCOUNT.password}`).toString('base64');
    const config = { auths: { [registry]: { auth } }, credHelpers: { 'helped.example': 'osxkeychain' } };
    await page.getByRole('textbox', { name: 'Config or secret' }).fill(JSON.stringify(config));
    await button('Import').click();
    const report = page.locator('.import-report');
    await report.getByText(registry).waitFor();
    expect(await report.innerText()).toMatch(/helped\.example.*osxkeychain/s);
    expect(await page.getByRole('textbox', { name: 'Config or secret' }).inputValue()).toBe('');
    await goTo(image);
    await trustRealm();
    await button(/^Download/).waitFor();
  });

  test('are imported from a Kubernetes secret that is dropped', async () => {
    await visit('settings');
    const config = JSON.stringify({ auths: { [registry]: LAB_ACCOUNT } });
    const secret = [
      'apiVersion: v1',
      'kind: Secret',
      'type: kubernetes.io/dockerconfigjson',
      'data:',
      `  .dockerconfigjson: ${Buffer.from(config).toString('base64')}`,
    ].join('\n');
    const dataTransfer = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'secret.yaml'));
      return transfer;
    }, secret);
    const field = page.getByRole('textbox', { name: 'Config or secret' });
    await field.dispatchEvent('drop', { dataTransfer });
    await button('Import').click();
    await page.locator('.import-report').getByText(registry).waitFor();
    await page.getByRole('region', { name: 'Registries you are signed in to' }).getByText('lab').waitFor();
  });

  test('are exported to a config.json that another import reads', async () => {
    await visit('settings');
    await button('Sign in to a registry').click();
    await page.getByRole('textbox', { name: 'Registry' }).fill(registry);
    await button('Next').click();
    await signIn(LAB_ACCOUNT);
    const waiting = page.waitForEvent('download');
    await button('Save accounts').click();
    const saved = await waiting;
    expect(saved.suggestedFilename()).toBe('config.json');
    const text = readFileSync(await saved.path(), 'utf8');
    await button(`Sign out of ${registry}`).click();
    await page.getByText('Public images need no account.').waitFor();
    await page.getByRole('textbox', { name: 'Config or secret' }).fill(text);
    await button('Import').click();
    await page.locator('.import-report').getByText(registry).waitFor();
    await goTo(image);
    await trustRealm();
    await button(/^Download/).waitFor();
  });
});

describe('settings', () => {
  test('of the transport hold at once, and after the page is closed', async () => {
    const open = `${lab.plain.host}/app/hello:1`;
    const shown = (text: string) => page.locator('.transport').getByText(text).waitFor();
    await visit(open);
    await shown('direct');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await button('Set a registry’s transport').click();
    await page.getByRole('textbox', { name: 'Registry' }).fill(lab.plain.host);
    await page.getByRole('combobox', { name: 'Transport' }).selectOption('relay');
    await button('Save transport').click();
    await page.getByText('set by you').waitFor();
    await goTo(open);
    await shown(`via relay ${new URL(app.url).host}`);
    await page.reload();
    await shown(`via relay ${new URL(app.url).host}`);
    await page.getByRole('link', { name: 'Settings' }).click();
    await button(`Remove what you set for ${lab.plain.host}`).click();
    await goTo(open);
    await shown('direct');
  });

  test('of the relay are checked, and “none” means none', async () => {
    await visit('settings');
    await page.getByRole('radio', { name: /Another one/ }).check();
    const address = page.getByRole('textbox', { name: 'Relay address' });
    await address.fill('https://me:secret@relay.example');
    await address.press('Enter');
    await page.getByText('An address must not hold a user name or password').waitFor();
    await address.fill('/elsewhere');
    await address.press('Enter');
    await page.getByText('In use.').waitFor();
    await page.reload();
    expect(await page.getByRole('textbox', { name: 'Relay address' }).inputValue()).toBe('/elsewhere');
    await page.getByRole('radio', { name: /None/ }).check();
    await goTo('ghcr.io/org/app:1');
    await alertOf('relay-missing').waitFor();
  });

  test('hold for the session where the browser keeps nothing, and the page says so', async () => {
    page = await browser.newPage();
    await page.addInitScript(() => {
      const refuse = () => {
        throw new DOMException('no storage here', 'SecurityError');
      };
      Object.defineProperty(window, 'indexedDB', { value: { open: refuse } });
    });
    await page.goto(app.address('settings'));
    await page.getByText('holds until this page is closed').waitFor();
    await page.getByRole('radio', { name: /None/ }).check();
    await goTo('ghcr.io/org/app:1');
    await alertOf('relay-missing').waitFor();
    await goTo('settings');
    expect(await page.getByRole('radio', { name: /None/ }).isChecked()).toBe(true);
  });

  test('do not scroll sideways on a small screen', async () => {
    await visit('settings', { width: 390 });
    await button('Sign in to a registry').click();
    await page.getByRole('textbox', { name: 'Registry' }).fill('123456789012.dkr.ecr.eu-west-1.amazonaws.com');
    await button('Next').click();
    await page.getByText('aws ecr get-login-password --region eu-west-1').waitFor();
    expect(await userName().inputValue()).toBe('AWS');
    await expectNoSidewaysScroll();
  });
});

/** Presses Tab until what has that name has the focus. */
async function tabTo(name: string): Promise<void> {
  for (let pressed = 0; pressed < 60; pressed += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const at = document.activeElement;
      const label = at instanceof HTMLInputElement ? at.labels?.[0]?.textContent : undefined;
      return (label ?? at?.getAttribute('aria-label') ?? at?.textContent ?? '').trim();
    });
    if (focused === name) return;
  }
  throw new Error(`Tab never reached “${name}”`);
}
