/** The page's address of an image, from `#` on. */
import type { Digest } from '../../core/digest.ts';
import { formatRoute, NO_PARAMS } from '../../protocol/route.ts';

export function imageAddress(at: {
  registry: string;
  repository: string;
  tag?: string | undefined;
  digest?: Digest | undefined;
}): string {
  const { registry, repository, tag, digest } = at;
  const name = { registry, repository };
  const reference = digest === undefined ? { ...name, tag: tag ?? 'latest' } : { ...name, digest };
  return formatRoute({ name: 'image', reference, params: NO_PARAMS });
}
