/** Signing in as a person does it on the page of an image that wants an account. */
import type { Page } from 'playwright-core';
import { LAB_ACCOUNT } from '../lab/token-server.ts';

export interface SignInSteps {
  readonly keep?: boolean;
  /** Whether the relay may carry the account. */
  readonly viaRelay?: boolean;
  /** Whether the registry's tokens come from another host, which has to be trusted first. */
  readonly trustRealm?: boolean;
  readonly password?: string;
}

/** Ends when the image can be downloaded. */
export async function signIn(page: Page, steps: SignInSteps = {}): Promise<void> {
  await page.getByRole('textbox', { name: 'User name' }).fill(LAB_ACCOUNT.username);
  await page.getByLabel('Password or token').fill(steps.password ?? LAB_ACCOUNT.password);
  if (steps.keep === true) await page.getByRole('checkbox', { name: /Keep on this device/ }).check();
  if (steps.viaRelay === true) await page.getByRole('checkbox', { name: /The relay .* may carry it/ }).check();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  if (steps.trustRealm === true) await page.getByRole('button', { name: /^Trust / }).click();
  await page.getByRole('button', { name: /^Download/ }).waitFor();
}
