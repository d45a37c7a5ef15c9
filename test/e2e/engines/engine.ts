/**
 * What the tests ask of a browser that is not Chromium. Firefox and WebKitGTK both speak W3C WebDriver, each over a wire
 * of its own; what lies on top of that is the same for both and lives here. https://www.w3.org/TR/webdriver2/
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';

/** The commands of WebDriver that are used here, whatever carries them. */
export interface Session {
  navigate(url: string): Promise<void>;
  refresh(): Promise<void>;
  /** Runs a function's body in the page. @returns what it returns or resolves to, as JSON; an element as its reference */
  execute(script: string, args: readonly unknown[]): Promise<unknown>;
  /** Clicks as a person does, at the middle of the element. @param element its reference */
  clickElement(element: string): Promise<void>;
}

export type Role = 'button' | 'link' | 'row';

export interface EngineBrowser {
  open(address: string): Promise<void>;
  /** Leaves a running download behind, whatever the page asks about that. In Firefox past every cache, as Ctrl+F5. */
  reload(): Promise<void>;
  /** Waits for the first such element on screen. */
  click(role: Role, name: RegExp): Promise<void>;
  /** What is on screen of the elements that match, or of the whole page. */
  text(selector?: string): Promise<string>;
  /** @returns the text that was waited for */
  waitForText(text: RegExp, limitMs?: number): Promise<string>;
  /** Calls a function in the page; what it refers to has to be its arguments. */
  evaluate<Args extends readonly unknown[]>(call: (...args: Args) => unknown, ...args: Args): Promise<unknown>;
  /** Paths of everything in the folder of downloads, finished or not. */
  files(): string[];
  /** Waits until the browser has written so many bytes, and calls the file whole if it says such a thing. @returns its path */
  downloaded(fileName: string, bytes: number): Promise<string>;
  close(): Promise<void>;
}

export interface Engine<Browser extends EngineBrowser = EngineBrowser> {
  readonly name: string;
  /** With a profile of its own: no cache, no storage, no service worker of another test. */
  start(): Promise<Browser>;
}

interface Driven {
  readonly session: Session;
  readonly downloads: string;
  /** What the engine calls a file that is not whole yet, if it gives it another name. */
  readonly partial?: RegExp;
  readonly close: () => Promise<void>;
}

const LIMIT_MS = 30_000;
const LOOK_MS = 100;
/** https://www.w3.org/TR/webdriver2/#elements */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const Reference = v.nullable(v.object({ [ELEMENT]: v.string() }));

/** Elements by role; names as the page gives them: its label, else its text. */
const SELECTORS: Readonly<Record<Role, string>> = { button: 'button', link: 'a[href]', row: '[role=row]' };

const FIND = `
  const [selector, name] = arguments;
  const pattern = new RegExp(name);
  const nameOf = (element) => (element.getAttribute('aria-label') ?? element.innerText).trim();
  const all = [...document.querySelectorAll(selector)];
  return all.find((element) => element.checkVisibility() && pattern.test(nameOf(element))) ?? null;
`;

const TEXT = `
  const all = [...document.querySelectorAll(arguments[0])];
  return all.map((element) => element.innerText).join('\\n');
`;

export function driveBrowser({ session, downloads, partial, close }: Driven): EngineBrowser {
  const text = async (selector = 'body'): Promise<string> =>
    v.parse(v.string(), await session.execute(TEXT, [selector]));
  const files = (): string[] =>
    readdirSync(downloads, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => join(downloads, name));
  return {
    open: (address) => session.navigate(address),
    reload: () => session.refresh(),
    async click(role, name) {
      let shown = '';
      const look = async (): Promise<string | undefined> => {
        const found = v.parse(Reference, await session.execute(FIND, [SELECTORS[role], name.source]));
        if (found === null) shown = await text();
        return found?.[ELEMENT];
      };
      await session.clickElement(await until(`${role} ${name}`, LIMIT_MS, look, () => shown));
    },
    text,
    async waitForText(wanted, limitMs = LIMIT_MS) {
      let shown = '';
      const look = async (): Promise<string | undefined> => {
        shown = await text();
        return wanted.exec(shown)?.[0];
      };
      return until(`text ${wanted}`, limitMs, look, () => shown);
    },
    evaluate: (call, ...args) => session.execute(`return (${call})(...arguments);`, args),
    files,
    downloaded(fileName, bytes) {
      const path = join(downloads, fileName);
      const look = (): string | undefined => {
        const whole = existsSync(path) && statSync(path).size === bytes && !files().some((file) => partial?.test(file));
        return whole ? path : undefined;
      };
      return until(`file ${fileName} of ${bytes} bytes`, LIMIT_MS, look, () => files().join('\n'));
    },
    close,
  };
}

async function until<T>(
  what: string,
  limitMs: number,
  look: () => T | undefined | Promise<T | undefined>,
  seen: () => string = () => '',
): Promise<T> {
  const deadlineMs = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadlineMs) throw new Error(`no ${what} within ${limitMs / 1000} s; there is:\n${seen()}`);
    await sleep(LOOK_MS);
  }
}
