/** Addresses of the page that is shown, with other parameters: what tabs, segments and rows link to. */
import { formatRoute, type Route } from '../../protocol/route.ts';

export type AddressChanges = {
  readonly [name in 'view' | 'layer' | 'path' | 'line' | 'find' | 'lens' | 'with']?: string | undefined;
};

/** The current page's address after some changes: `undefined` takes a parameter away, others are kept. */
export type Address = (changes: AddressChanges) => string;

export function addressWithin(route: Extract<Route, { name: 'image' | 'sample' | 'open' }>): Address {
  return (changes) => formatRoute({ ...route, params: { ...route.params, ...changes } });
}
