/** The sha256 that an archive should have: made of its bytes while the browser takes them, by a worker of its own. */
import type { ArchivePlan } from '../core/archive/plan.ts';
import { digestAlgorithm, digestHex } from '../core/digest.ts';
import { decodeMessage, Sum } from '../protocol/messages.ts';
import type { ArchiveSumView } from './model.ts';

export interface ArchiveSum {
  /** For whoever delivers the archive; undefined where nobody has to make the sum. */
  readonly port: MessagePort | undefined;
  stop(): void;
}

/** @param onSum called once, after the last byte; before, where it turns out that there will be none */
export function startArchiveSum(plan: ArchivePlan, onSum: (sum: ArchiveSumView) => void): ArchiveSum {
  const known = knownSum(plan);
  if (known !== undefined) {
    onSum({ hex: known });
    return { port: undefined, stop: () => undefined };
  }
  const { port1: port, port2: forWorker } = new MessageChannel();
  const worker = new Worker(new URL('../workers/archive-sum.ts', import.meta.url), {
    type: 'module',
    name: 'pulltab-archive-sum',
  });
  const settle = (sum: ArchiveSumView): void => {
    worker.terminate();
    onSum(sum);
  };
  worker.addEventListener('message', (event) => {
    const { hex } = decodeMessage(Sum, event.data);
    settle(
      hex === undefined ? { missing: 'without WebAssembly this browser hashes more slowly than it saves' } : { hex },
    );
  });
  worker.addEventListener('error', () => settle({ missing: 'the worker that makes it could not be started' }));
  worker.postMessage({ port: forWorker }, [forWorker]);
  return { port, stop: () => worker.terminate() };
}

/** A blob alone is what its digest says. */
function knownSum({ bare, entries: [first, ...others] }: ArchivePlan): string | undefined {
  const alone = bare === true && first?.kind === 'blob' && others.length === 0;
  return alone && digestAlgorithm(first.digest) === 'sha256' ? digestHex(first.digest) : undefined;
}
