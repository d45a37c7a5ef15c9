/** How many requests may be under way at once. A request counts until its answer's last byte is gone. */
import { once } from './once.ts';
import { Refusal } from './refusal.ts';

export interface Limits {
  /**
   * Counts a request in; the function returned counts it out, once.
   * @throws Refusal `busy`
   */
  enter(client: string): () => void;
}

export function createLimits({ perClient, inTotal }: { perClient: number; inTotal: number }): Limits {
  const underWay = new Map<string, number>();
  let total = 0;

  function enter(client: string): () => void {
    const count = underWay.get(client) ?? 0;
    if (count >= perClient || total >= inTotal) throw new Refusal('busy', 'too many requests are under way');
    underWay.set(client, count + 1);
    total += 1;
    return once(() => leave(client));
  }

  function leave(client: string): void {
    const left = (underWay.get(client) ?? 1) - 1;
    if (left === 0) underWay.delete(client);
    else underWay.set(client, left);
    total -= 1;
  }

  return { enter };
}
