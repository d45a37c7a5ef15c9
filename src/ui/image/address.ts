/** Addresses of the page that is shown, with other parameters: what tabs, segments and rows link to. */
import { formatRoute, type Route } from '../../protocol/route.ts';

export type AddressChanges = {
  readonly [name in 'platform' | 'view' | 'layer' | 'path' | 'json' | 'line' | 'find' | 'lens' | 'with' | 'image']?:
    | string
    | undefined;
};

/** The current page's address after some changes: `undefined` takes a parameter away, others are kept. */
export type Address = (changes: AddressChanges) => string;

export function addressWithin(route: Extract<Route, { name: 'image' | 'sample' | 'open' }>): Address {
  return (changes) => formatRoute({ ...route, params: { ...route.params, ...changes } });
}
