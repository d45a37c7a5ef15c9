/** Targets of values as addresses of this page, and in words. */
import type { JsonTarget } from '../../core/json/json-links.ts';
import type { ReadyImage } from '../../page/model.ts';
import { formatRoute, NO_PARAMS } from '../../protocol/route.ts';
import type { Address } from '../image/address.ts';
import { imageAddress } from '../tags/image-address.ts';

export interface JsonHref {
  readonly href: string;
  /** Completes "Go to …". */
  readonly words: string;
  readonly external: boolean;
}

export type HrefOf = (target: JsonTarget) => JsonHref | undefined;

const ELSEWHERE = { json: undefined, path: undefined, line: undefined, find: undefined, lens: undefined };

export function hrefsOf(image: ReadyImage, address: Address): HrefOf {
  const { selected, reference, transport } = image;
  return (target) => {
    const here = (href: string, words: string): JsonHref => ({ href, words, external: false });
    switch (target.kind) {
      case 'url':
        return { href: target.href, words: target.href, external: true };
      case 'image': {
        const { tag, digest, ...name } = target.reference;
        const exact = digest === undefined ? { ...name, tag: tag ?? 'latest' } : { ...name, digest };
        return here(formatRoute({ name: 'image', reference: exact, params: NO_PARAMS }), 'that image');
      }
      case 'config':
        return selected && here(address({ ...ELSEWHERE, view: 'config' }), 'the config');
      case 'layer': {
        const layer = selected?.layers[target.layer];
        const view = { ...ELSEWHERE, view: 'files', layer: layer?.digest };
        return layer && here(address(view), `the files of layer ${target.layer + 1}`);
      }
      case 'manifest': {
        const { digest } = target;
        // The static sample has no address for its parts.
        if (transport.via === 'static') return undefined;
        const archived = { ...ELSEWHERE, view: 'manifest', platform: undefined, layer: undefined, image: digest };
        if (image.archive !== undefined) return here(address(archived), 'that manifest');
        return here(imageAddress({ ...reference, digest }), 'the page of that manifest');
      }
    }
  };
}
