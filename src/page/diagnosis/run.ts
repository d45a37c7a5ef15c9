/**
 * The steps of a pull, one by one, by one way. The registry is asked by the same client that pulls; what a step adds is
 * the question why, once that client has failed.
 */
import type { Digest } from '../../core/digest.ts';
import { isAbort } from '../../core/errors.ts';
import { parseImageConfig } from '../../core/image-config.ts';
import { type Descriptor, type Manifest, parseManifest, platformManifests } from '../../core/manifest.ts';
import {
  baseMediaType,
  isImageConfigType,
  isImageManifestType,
  isIndexType,
  isSchema1Type,
} from '../../core/media-types.ts';
import { matchPlatform } from '../../core/platform.ts';
import { formatReference, type Reference } from '../../core/reference.ts';
import { parseChallenges } from '../../core/registry/challenge.ts';
import type { Endpoint, RegistryClient } from '../../core/registry/client.ts';
import { discard, quote, RELAY_ERROR_HEADER } from '../../core/registry/response.ts';
import { responseError } from '../../core/registry/response-error.ts';
import type { TransportView } from '../model.ts';
import { DEFAULT_PLATFORM } from '../platform-choices.ts';
import { type Cause, wordsOf } from './causes.ts';
import { foundOf, realmFault, StepFailure } from './failure.ts';
import { checkFirstBytes } from './first-bytes.ts';
import { ask, type Inquiry, isReachable, kindOf, lastOf, pingAddress, type Surroundings } from './inquiry.ts';
import type { Exchange, Run, Step, StepId, StepState } from './model.ts';
import { createRecorder, hostOf, type Recorded } from './recorder.ts';
import { whyUnreachable } from './unreachable.ts';
import { noCors, whyNoToken } from './unreadable.ts';

export interface RunOptions {
  readonly reference: Reference;
  readonly endpoint: Endpoint;
  readonly transport: TransportView;
  /** The client that a pull would use, over the `fetch` it is given. */
  readonly createClient: (endpoint: Endpoint, fetch: typeof globalThis.fetch) => RegistryClient;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
  /** Told at each change; the last one is done. */
  readonly onChange: (run: Run) => void;
}

const TITLES: Readonly<Record<StepId, string>> = {
  reach: 'Reach the host',
  cors: 'Read an answer (CORS)',
  challenge: 'Learn what it asks for',
  token: 'Get a token',
  tag: 'Find the tag',
  manifest: 'Read the manifest',
  config: 'Read the config',
  blob: 'First bytes of a blob',
};

/** Largest config that is read (bytes), as for a pull. */
const CONFIG_LIMIT_BYTES = 8 * 1024 * 1024;
const NESTING_LIMIT = 3;

const NO_CORS_EVIDENCE = [
  'Asked without CORS it answers; asked with it, the browser hides the answer.',
  'What it says of the image is hidden as well.',
];

/** Ends quietly when it is aborted. Never rejects. */
export async function runDiagnosis(options: RunOptions): Promise<void> {
  const { transport, surroundings, signal } = options;
  const endpoint = { ...options.endpoint, base: options.endpoint.base.replace(/\/+$/, '') };
  const { repository, tag, digest } = options.reference;
  const wanted = digest ?? tag ?? 'latest';
  let steps = allSteps();
  let current: StepId = 'reach';

  function show(state: Run['state'] = 'running', finding?: Run['finding']): void {
    if (!signal.aborted) options.onChange({ transport, state, steps, finding });
  }

  function change(id: StepId, to: Partial<Step>): void {
    steps = steps.map((step) => (step.id === id ? { ...step, ...to } : step));
    show();
  }

  function begin(id: StepId): void {
    current = id;
    change(id, { state: 'running' });
  }

  function end(id: StepId, state: StepState, said: string): void {
    change(id, { state, said });
  }

  /** Tokens are asked for on the way to the tag: what goes to a token server is a step of its own. */
  function started(recorded: Recorded): void {
    if (current !== 'tag' || recorded.init.mode === 'no-cors') return;
    if (kindOf(recorded, endpoint) === 'token') begin('token');
  }

  function ended(recorded: Recorded, exchange: Exchange): void {
    const at = steps.find(({ id }) => id === current);
    change(current, { exchanges: [...(at?.exchanges ?? []), exchange] });
    if (current !== 'token' || recorded.response?.ok !== true || kindOf(recorded, endpoint) !== 'token') return;
    end('token', 'passed', `${hostOf(recorded.url)} gave a token.`);
    current = 'tag';
  }

  const recorder = createRecorder({
    fetch: surroundings.fetch,
    now: surroundings.now,
    deadlineMs: surroundings.deadlineMs,
    onStart: started,
    onEnd: ended,
  });
  const inquiry: Inquiry = { endpoint, surroundings, recorder, signal };

  try {
    begin('reach');
    const ping = endpoint.via === 'direct' ? await pingDirectly() : await pingOtherwise();
    begin('challenge');
    if (ping === undefined) end('challenge', 'skipped', 'Its /v2/ cannot be read; the tag shows what it asks for.');
    else await checkChallenge(ping);
    await pull();
    show('done');
  } catch (error) {
    if (isAbort(error) || signal.aborted) return;
    const step = current;
    try {
      const found = await foundOf(error, inquiry);
      finish(step, found.cause);
      show('done', { ...found, step });
    } catch (aborted) {
      if (!isAbort(aborted) && !signal.aborted) throw aborted;
    }
  }

  function finish(failed: StepId, cause: Cause): void {
    steps = steps.map((step) => {
      if (step.id === failed) return { ...step, state: 'failed', said: `Here it stops: ${wordsOf(cause).name}.` };
      if (step.state !== 'waiting' && step.state !== 'running') return step;
      return { ...step, state: 'skipped' };
    });
  }

  /** Without CORS first, which every host answers that is there at all; then as a page reads. */
  async function pingDirectly(): Promise<Response | undefined> {
    const address = pingAddress(endpoint);
    if (!(await isReachable(address, inquiry))) throw new StepFailure(await whyUnreachable(address, inquiry));
    end('reach', 'passed', `${hostOf(address)} answers.`);
    begin('cors');
    const ping = await ask(address, {}, inquiry);
    if (ping === undefined) {
      if (!(await isTagReadable())) throw new StepFailure(noCors(hostOf(address), ...NO_CORS_EVIDENCE));
      end('cors', 'passed', 'This page may read what it says of the image, if not its /v2/.');
      return undefined;
    }
    await checkPing(ping);
    end('cors', 'passed', 'This page may read its answers.');
    return ping;
  }

  /** A pull never asks /v2/ itself, so that CORS may be missing there and nowhere else. */
  async function isTagReadable(): Promise<boolean> {
    try {
      await options.createClient(endpoint, recorder.fetch).manifest(repository, wanted, { signal });
      return true;
    } catch (error) {
      if (isAbort(error) || signal.aborted) throw error;
      const last = lastOf(recorder);
      // A token server that cannot be read is a later step's finding.
      return last?.failed !== true || kindOf(last, endpoint) === 'token';
    }
  }

  async function pingOtherwise(): Promise<Response> {
    const address = pingAddress(endpoint);
    const ping = await ask(address, {}, inquiry);
    if (ping === undefined) {
      const evidence = ['It gave no answer that this page may read.'];
      throw new StepFailure({
        cause: 'relay-unreachable',
        host: hostOf(address),
        mayBe: ['offline', 'blocked'],
        evidence,
      });
    }
    if (ping.headers.has(RELAY_ERROR_HEADER)) await fail(ping, 'the relay');
    await checkPing(ping);
    end('reach', 'passed', 'The relay answers, and reaches the registry.');
    end('cors', 'skipped', 'The relay may be read, whatever the registry allows.');
    return ping;
  }

  async function checkPing(ping: Response): Promise<void> {
    if (ping.status === 429 || ping.status >= 500) await fail(ping, 'the registry');
    const type = baseMediaType(ping.headers.get('Content-Type') ?? undefined);
    if (ping.ok && type === 'text/html') {
      const evidence = [`Its answer to /v2/ is a web page (${ping.status} ${type}).`];
      throw new StepFailure({
        cause: 'not-a-registry',
        host: hostOf(pingAddress(endpoint)),
        mayBe: ['blocked'],
        evidence,
      });
    }
  }

  async function fail(response: Response, who: string): Promise<never> {
    throw await responseError(response, { attempted: 'ask the registry', who, relayed: endpoint.via === 'relay' });
  }

  async function checkChallenge(ping: Response): Promise<void> {
    end('challenge', 'passed', readChallenge(ping, inquiry));
    await discard(ping);
    if (endpoint.via === 'direct' && ping.status === 401) await checkPreflight();
  }

  async function checkPreflight(): Promise<void> {
    begin('cors');
    const fault = await whyNoToken(inquiry);
    if (fault !== undefined) throw new StepFailure(fault);
    end('cors', 'passed', 'This page may read its answers, and may send it a token.');
  }

  async function pull(): Promise<void> {
    const client = options.createClient(endpoint, recorder.fetch);
    begin('tag');
    const answer = await client.manifest(repository, wanted, { signal });
    if (steps.some(({ id, state }) => id === 'token' && state === 'waiting')) {
      end('token', 'skipped', 'It answers without one.');
    }
    end('tag', 'passed', `It is ${answer.digest}.`);
    begin('manifest');
    const manifest = await imageOf(read(answer), async (child) =>
      read(await client.manifest(repository, child, { signal })),
    );
    end('manifest', 'passed', `${describe(manifest)}${labelDoubt(answer.contentType)}`);
    await readConfig(client, manifest);
    await readBlob(client, manifest);
  }

  function read(answer: Awaited<ReturnType<RegistryClient['manifest']>>): Manifest {
    return parseManifest(answer.bytes, { ...answer, attempted: `read ${formatReference(options.reference)}` });
  }

  async function readConfig(client: RegistryClient, manifest: Manifest): Promise<void> {
    const config = 'config' in manifest ? manifest.config : undefined;
    if (config === undefined) return end('config', 'skipped', 'It has none.');
    begin('config');
    const bytes = await client.blobBytes(repository, config, { limitBytes: CONFIG_LIMIT_BYTES, signal });
    if (isImageConfigType(config.mediaType)) parseImageConfig(bytes, { attempted: 'read the config' });
    end('config', 'passed', `${bytes.length} bytes, and their digest is right.`);
  }

  async function readBlob(client: RegistryClient, manifest: Manifest): Promise<void> {
    const blob = 'layers' in manifest && manifest.kind !== 'schema1' ? manifest.layers[0] : undefined;
    if (blob === undefined) return end('blob', 'skipped', 'It has no layers whose size is known.');
    begin('blob');
    const response = await client.blob(repository, blob.digest, { signal });
    const said = await firstBytesOf(response, blob);
    end('blob', 'passed', `Of the first layer, ${said}.`);
  }

  async function firstBytesOf(response: Response, blob: Descriptor): Promise<string> {
    const host = hostOf(response.url === '' ? endpoint.base : response.url);
    try {
      return await checkFirstBytes(response, blob, host);
    } catch (error) {
      if (isAbort(error) || signal.aborted || error instanceof StepFailure) throw error;
      throw new StepFailure(brokenBody(response, host));
    }
  }
}

function brokenBody(response: Response, host: string): StepFailure['found'] {
  const coding = response.headers.get('Content-Encoding');
  const seen = 'The headers came, and then the browser gave up on the body.';
  if (coding === null) return { cause: 'damaged', host, mayBe: ['mislabelled-encoding'], evidence: [seen] };
  const evidence = [seen, `The answer has Content-Encoding: ${quote(coding)}.`];
  return { cause: 'mislabelled-encoding', host, mayBe: [], evidence };
}

function allSteps(): Step[] {
  const ids: StepId[] = ['reach', 'cors', 'challenge', 'token', 'tag', 'manifest', 'config', 'blob'];
  return ids.map((id) => ({ id, title: TITLES[id], state: 'waiting', said: '', exchanges: [] }));
}

/** What the registry's greeting asks for, as a sentence. @throws StepFailure `broken-realm` */
function readChallenge(ping: Response, inquiry: Inquiry): string {
  if (inquiry.endpoint.via === 'relay') return 'The relay asks the registry’s token server itself.';
  if (ping.status !== 401) return `Nothing: it answers ${ping.status} to /v2/ without an account or a token.`;
  const fault = realmFault(inquiry);
  if (fault !== undefined) throw new StepFailure(fault);
  const header = ping.headers.get('WWW-Authenticate');
  if (header === null) return 'It asks for something, but CORS hides what (WWW-Authenticate is not exposed).';
  const asked = parseChallenges(header).map(({ scheme, parameters }) => {
    const realm = parameters.get('realm');
    return scheme === 'bearer' && realm !== undefined ? `a token of ${quote(realm)}` : quote(scheme);
  });
  return `It asks for ${asked.join(', or ')}.`;
}

/** The image of the usual platform where there are several; else the first. */
async function imageOf(root: Manifest, read: (digest: Digest) => Promise<Manifest>): Promise<Manifest> {
  let manifest = root;
  for (let depth = 0; manifest.kind === 'index' && depth < NESTING_LIMIT; depth++) {
    const children = platformManifests(manifest);
    const child = matchPlatform(children, DEFAULT_PLATFORM) ?? children[0];
    if (child === undefined) break;
    manifest = await read(child.digest);
  }
  return manifest;
}

function describe(manifest: Manifest): string {
  if (manifest.kind === 'index') return `An index of ${manifest.manifests.length}.`;
  const layers = manifest.layers.length === 1 ? '1 layer' : `${manifest.layers.length} layers`;
  return `An ${manifest.kind === 'schema1' ? 'image of schema 1' : manifest.kind} of ${layers}.`;
}

/** Pulltab goes by what a manifest is; Docker goes by its label. */
function labelDoubt(contentType: string | undefined): string {
  const type = baseMediaType(contentType);
  if (isIndexType(type) || isImageManifestType(type) || isSchema1Type(type)) return '';
  return ` Its Content-Type is ${type === '' ? 'missing' : quote(type)}: Docker may refuse it.`;
}
