/**
 * The bytes of a plan without a tar around them. Each entry's last piece is held back until its source has ended well:
 * nothing follows that would make a wrong file useless, so a file whose digest does not match must not be whole.
 */
import { PulltabError } from '../errors.ts';
import { createDeliveredStream, type DeliveryOptions, type OpenEntry, type Piece } from './delivered-stream.ts';
import { type ArchivePlan, entrySize, type PlanEntry } from './plan.ts';

export function createBareStream(
  plan: ArchivePlan,
  openEntry: OpenEntry,
  options: DeliveryOptions = {},
): ReadableStream<Uint8Array> {
  const pieces = piecesOf(plan, openEntry);
  return createDeliveredStream(
    {
      async next() {
        const { done, value } = await pieces.next();
        return done ? undefined : value;
      },
      // Not awaited: a generator that waits for its next piece only hears of it when that has come.
      async cancel() {
        pieces.return(undefined).catch(() => undefined);
      },
    },
    options,
  );
}

async function* piecesOf(plan: ArchivePlan, openEntry: OpenEntry): AsyncGenerator<Piece, undefined, undefined> {
  for (const entry of plan.entries) {
    if (entry.kind === 'bytes') yield { bytes: entry.bytes, ofBlob: false };
    else yield* checked(entry, openEntry(entry));
  }
}

/** @throws PulltabError `internal` where there are more or fewer bytes than the plan says */
async function* checked(entry: PlanEntry, source: AsyncIterable<Uint8Array>): AsyncGenerator<Piece, void, undefined> {
  const planned = entrySize(entry);
  const ofBlob = entry.kind === 'blob';
  let held: Uint8Array | undefined;
  let bytes = 0;
  for await (const piece of source) {
    if (piece.byteLength === 0) continue;
    bytes += piece.byteLength;
    if (bytes > planned) break;
    if (held !== undefined) yield { bytes: held, ofBlob };
    held = piece;
  }
  if (bytes !== planned) {
    const seen = `it has ${bytes > planned ? 'more than' : 'only'} ${Math.min(bytes, planned)} bytes of ${planned}`;
    throw new PulltabError('internal', { attempted: `pass ${entry.name} on to the file`, seen });
  }
  if (held !== undefined) yield { bytes: held, ofBlob };
}
