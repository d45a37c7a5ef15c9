/**
 * What Chromium itself says it was doing during a pull: functions of scripts by samples, and the browser's own tasks by
 * who posted them. Tracing costs a good part of the time that it looks at, so only the shares mean anything.
 */
import type { Page } from 'playwright-core';
import * as v from 'valibot';

const CATEGORIES = ['toplevel', 'disabled-by-default-v8.cpu_profiler', '__metadata'];
const BUFFER_KB = 400_000;
const READ_BYTES = 1024 * 1024;
const SHARE_SECONDS = 0.05;
const PULL_WORKER = 'Renderer: DedicatedWorker thread';
/** Tasks that only call who is meant: that one says what is done. */
const PASSING_ON: ReadonlySet<string> = new Set(['Notify', 'ArmOrNotify']);
/** A worker that works so long (µs) has been woken by what it waited for; shorter is news of it. */
const REAL_WORK_US = 2000;

const Event = v.object({
  name: v.string(),
  ph: v.string(),
  pid: v.number(),
  tid: v.number(),
  ts: v.optional(v.number(), 0),
  dur: v.optional(v.number(), 0),
  tdur: v.optional(v.number()),
  id: v.optional(v.union([v.string(), v.number()])),
  args: v.optional(
    v.object({
      name: v.optional(v.string()),
      src_func: v.optional(v.string()),
      chrome_mojo_event_info: v.optional(v.object({ watcher_notify_interface_tag: v.optional(v.string()) })),
      data: v.optional(
        v.object({
          cpuProfile: v.optional(
            v.object({
              nodes: v.optional(
                v.array(
                  v.object({
                    id: v.number(),
                    callFrame: v.object({ functionName: v.string(), url: v.optional(v.string()) }),
                  }),
                ),
              ),
              samples: v.optional(v.array(v.number())),
            }),
          ),
          timeDeltas: v.optional(v.array(v.number())),
        }),
      ),
    }),
    {},
  ),
});
type Event = v.InferOutput<typeof Event>;
const Trace = v.object({ traceEvents: v.array(Event) });

/** A thread's time by what it went to; the largest first. */
export interface Shares {
  readonly title: string;
  readonly shares: readonly (readonly [what: string, seconds: number])[];
}

/** Begins a trace of the whole browser. @returns ends it */
export async function startTrace(page: Page): Promise<() => Promise<Shares[]>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Tracing.start', {
    transferMode: 'ReturnAsStream',
    traceConfig: { includedCategories: CATEGORIES, traceBufferSizeInKb: BUFFER_KB },
  });
  return async () => {
    const ended = new Promise<string>((resolve) => {
      session.once('Tracing.tracingComplete', ({ stream = '' }) => resolve(stream));
    });
    await session.send('Tracing.end');
    const handle = await ended;
    let text = '';
    for (let more = true; more; ) {
      const { data, eof } = await session.send('IO.read', { handle, size: READ_BYTES });
      text += data;
      more = !eof;
    }
    return summarize(v.parse(Trace, JSON.parse(text)).traceEvents);
  };
}

function summarize(events: readonly Event[]): Shares[] {
  const named = (kind: string): Map<string, string> =>
    new Map(events.flatMap((event) => (event.name === kind ? [[keyOf(event, kind), event.args.name ?? '']] : [])));
  const processes = named('process_name');
  const threads = named('thread_name');
  const threadOf = (event: Event): string =>
    `${processes.get(String(event.pid))}: ${threads.get(keyOf(event, 'thread_name'))}`;
  return [
    ...functions(events, threadOf),
    ...waits(events.filter((event) => threadOf(event) === PULL_WORKER)),
    ...tasks(events, threadOf),
  ].filter(({ shares }) => shares.length > 0);
}

function keyOf({ pid, tid }: Event, kind: string): string {
  return kind === 'process_name' ? String(pid) : `${pid}/${tid}`;
}

/** Time by function of each thread that runs scripts. */
function functions(events: readonly Event[], threadOf: (event: Event) => string): Shares[] {
  const profileOf = ({ pid, id }: Event): string => `${pid}/${id}`;
  const titles = new Map<string, string>();
  const names = new Map<string, string>();
  const sums = new Map<string, Map<string, number>>();
  for (const event of events) {
    const profile = profileOf(event);
    if (event.name === 'Profile') titles.set(profile, threadOf(event));
    if (event.name !== 'ProfileChunk') continue;
    const { cpuProfile, timeDeltas = [] } = event.args.data ?? {};
    for (const { id, callFrame } of cpuProfile?.nodes ?? []) {
      names.set(
        `${profile}/${id}`,
        `${callFrame.functionName || '(anonymous)'} ${callFrame.url?.split('/').at(-1) ?? ''}`,
      );
    }
    const sum = sums.get(profile) ?? new Map<string, number>();
    sums.set(profile, sum);
    cpuProfile?.samples?.forEach((sample, at) => {
      add(sum, names.get(`${profile}/${sample}`) ?? '?', (timeDeltas[at] ?? 0) / 1e6);
    });
  }
  return [...sums].map(([profile, sum]) => ({
    title: `functions of ${titles.get(profile)}`,
    shares: largest(sum),
  }));
}

/** What a worker's idle time ends with. */
function waits(events: readonly Event[]): Shares[] {
  const ordered = events.filter(({ ph }) => ph === 'X').sort((one, other) => one.ts - other.ts || other.dur - one.dur);
  const sum = new Map<string, number>();
  let idleUs = 0;
  let endUs = ordered[0]?.ts ?? 0;
  ordered.forEach((task, at) => {
    if (task.name !== 'ThreadControllerImpl::RunTask') return;
    idleUs += Math.max(0, task.ts - endUs);
    endUs = Math.max(endUs, task.ts + task.dur);
    if (task.dur < REAL_WORK_US) return;
    const inner = ordered.slice(at + 1, at + 5).find((event) => event.ts < endUs && tagOf(event) !== undefined);
    add(sum, (inner && tagOf(inner)) ?? task.args.src_func ?? '?', idleUs / 1e6);
    idleUs = 0;
  });
  return [{ title: `${PULL_WORKER} waited for`, shares: largest(sum) }];
}

/** The browser's own tasks, by the interface that they serve or the function that posted them. */
function tasks(events: readonly Event[], threadOf: (event: Event) => string): Shares[] {
  const sums = new Map<string, Map<string, number>>();
  for (const event of events) {
    const what = tagOf(event) ?? event.args.src_func;
    const thread = threadOf(event);
    if (event.ph !== 'X' || what === undefined || PASSING_ON.has(what) || thread === PULL_WORKER) continue;
    const sum = sums.get(thread) ?? new Map<string, number>();
    sums.set(thread, sum);
    add(sum, what, (event.tdur ?? event.dur) / 1e6);
  }
  return [...sums].map(([thread, sum]) => ({ title: `tasks of ${thread}`, shares: largest(sum) }));
}

function tagOf({ args }: Event): string | undefined {
  return args.chrome_mojo_event_info?.watcher_notify_interface_tag?.replace(/^.*\//, '');
}

function add(sum: Map<string, number>, what: string, seconds: number): void {
  sum.set(what, (sum.get(what) ?? 0) + seconds);
}

function largest(sum: ReadonlyMap<string, number>): (readonly [string, number])[] {
  return [...sum].filter(([, seconds]) => seconds >= SHARE_SECONDS).sort(([, one], [, other]) => other - one);
}
