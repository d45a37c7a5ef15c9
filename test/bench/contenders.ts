/** Who is measured: Pulltab in the states that a person meets it in, and what it is measured against. */
import { rmSync } from 'node:fs';
import { run } from '../lab/process.ts';
import { pullInFirefox } from './firefox.ts';
import { fetchWithCurl } from './line.ts';
import { fetchAndHash, type PulledImage, pullWithSkopeo } from './peers.ts';
import { type PullOptions, pullInChromium } from './pulltab.ts';

const PULL_LIMIT_MS = 300_000;

export type ContenderName =
  | 'Pulltab in Chromium'
  | 'every layer cached'
  | 'passing through'
  | 'Pulltab in Firefox'
  | 'skopeo docker-archive'
  | 'skopeo oci-archive'
  | 'curl | sha256sum'
  | 'Pulltab on the line'
  | 'curl on the line'
  | 'memory'
  | 'memory, twice as large';

export interface Images {
  /** The built app's address. */
  readonly app: string;
  readonly small: PulledImage;
  /** The same trees twice. */
  readonly large: PulledImage;
  /** Behind a line of its own. */
  readonly line: PulledImage;
}

/** Gets an empty folder. @returns seconds; of those named so, bytes of memory over idle */
export type Measure = (folder: string, images: Images) => Promise<number>;

export const CONTENDERS: Readonly<Record<ContenderName, Measure>> = {
  'Pulltab in Chromium': (folder, { app, small }) => seconds(folder, app, small),
  'every layer cached': pullTwice,
  'passing through': passThrough,
  'Pulltab in Firefox': (_, { app, small }) => pullInFirefox(addressOf(app, small), PULL_LIMIT_MS),
  'skopeo docker-archive': (folder, { small }) => timed(() => pullWithSkopeo('docker-archive', small, folder)),
  'skopeo oci-archive': (folder, { small }) => timed(() => pullWithSkopeo('oci-archive', small, folder)),
  'curl | sha256sum': (_, { small }) => timed(() => fetchAndHash(small)),
  'Pulltab on the line': (folder, { app, line }) => seconds(folder, app, line),
  'curl on the line': (folder, { line }) => timed(() => fetchWithCurl(line, folder)),
  // In pulls of their own: looking at memory would count as Pulltab's time.
  memory: (folder, { app, small }) => memory(folder, app, small),
  'memory, twice as large': (folder, { app, large }) => memory(folder, app, large),
};

function addressOf(app: string, { host, name }: PulledImage): string {
  return `${app}#/${host}/${name}`;
}

async function seconds(
  folder: string,
  app: string,
  image: PulledImage,
  hooks: Pick<PullOptions, 'before' | 'around'> = {},
): Promise<number> {
  const address = addressOf(app, image);
  const pull = await pullInChromium({ address, folder, timeoutMs: PULL_LIMIT_MS, memory: false, ...hooks });
  return pull.seconds;
}

async function memory(folder: string, app: string, image: PulledImage): Promise<number> {
  const address = addressOf(app, image);
  const { memoryBytes = 0 } = await pullInChromium({ address, folder, timeoutMs: PULL_LIMIT_MS, memory: true });
  return memoryBytes;
}

/** In one profile: the second time every layer comes from its cache. */
async function pullTwice(folder: string, { app, small }: Images): Promise<number> {
  const address = addressOf(app, small);
  const first = await pullInChromium({ address, folder, timeoutMs: PULL_LIMIT_MS, memory: false });
  rmSync(first.file);
  await run('sync', []);
  return seconds(folder, app, small);
}

/**
 * A browser that refuses to store anything: there every byte passes through from the first on. As text: what tsx makes of
 * functions does not run in a page.
 */
const REFUSE_STORAGE = `IDBFactory.prototype.open = () => {
  throw new DOMException('storage is switched off', 'SecurityError');
}`;

async function passThrough(folder: string, { app, small }: Images): Promise<number> {
  return seconds(folder, app, small, {
    before: async (page) => void (await page.addInitScript(REFUSE_STORAGE)),
    around: async (page) => {
      // It says so at once, which is no failure.
      await page.getByRole('button', { name: 'Close notice' }).click();
      return () => page.getByText('Nothing is kept for the next download').waitFor();
    },
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}
