/**
 * Why nothing answers. A browser folds a wrong name, a closed port, a refused certificate, a blocker and a missing
 * permission into one failure; what is known from elsewhere (the address itself, the page's scheme, permissions, a
 * second port of call) separates some of them. What stays inseparable is named as that.
 */
import { isAddress, isPublicAddress } from '../../core/registry/addresses.ts';
import { isLoopbackHost } from '../../core/registry/loopback.ts';
import type { Cause } from './causes.ts';
import { type Found, type Inquiry, isReachable, isReadable, lastOf } from './inquiry.ts';

/** Names that never exist: RFC 2606 and RFC 6761. */
const NEVER_EXISTS = /\.(?:invalid|example)$/;

/** @param address that nothing answered at, not even without CORS */
export async function whyUnreachable(address: string, inquiry: Inquiry): Promise<Found> {
  const { surroundings } = inquiry;
  const url = new URL(address);
  const page = new URL(surroundings.pageBase);
  const { host } = url;
  const last = lastOf(inquiry.recorder);
  const evidence = [`The request failed after ${last?.exchange?.ms ?? 0} ms.`];
  const found = (cause: Cause, why: string, mayBe: readonly Cause[] = []): Found => {
    return { cause, host, mayBe, evidence: [...evidence, why] };
  };

  if (!surroundings.isOnline()) return found('offline', 'The browser says that it is offline.');
  if (await surroundings.isBlockedByPolicy(address)) {
    return found('blocked', 'This page’s own content security policy (connect-src) blocked the request.');
  }
  const loopback = isLoopbackHost(url.hostname);
  const permission = isLocalName(url.hostname) ? await surroundings.localNetwork() : undefined;
  if (permission === 'denied') {
    return found('local-network', `${url.hostname} is local, and access to the local network is denied to this page.`);
  }
  // A local page needs no permission to reach what is local.
  const isUnasked = permission === 'prompt' && !isLocalName(page.hostname);
  /** Without the permission a browser does not even try, so that this is the likelier cause. */
  const silent = (cause: Cause, why: string, mayBe: readonly Cause[]): Found => {
    if (!isUnasked) return found(cause, why, mayBe);
    return found('local-network', 'This page has not been allowed to reach the local network yet.', [cause, ...mayBe]);
  };
  if (page.protocol === 'https:' && url.protocol === 'http:' && !loopback) {
    // What the permission opens may then be read over http as well.
    return found(
      'mixed-content',
      'This page came over https, and the registry is asked over http.',
      isUnasked ? ['local-network'] : [],
    );
  }
  if (!isLoopbackHost(page.hostname) && !(await hasOwnHost(inquiry))) {
    return found('offline', 'Not even the host of this page answers.');
  }
  if (last?.late === true) return silent('timeout', 'It was neither refused nor answered.', []);
  if (NEVER_EXISTS.test(url.hostname)) {
    return found('name', `Names that end in ${url.hostname.slice(url.hostname.lastIndexOf('.'))} never exist.`);
  }
  if (url.protocol === 'http:') {
    const insecure: Cause[] = page.protocol === 'https:' ? ['mixed-content'] : [];
    const why = 'Plain http needs no certificate, and this address needs no look-up: only port or a blocker are left.';
    if (loopback) return silent('port', why, [...insecure, 'blocked']);
    return silent('unreachable', 'Plain http needs no certificate.', ['name', 'port', 'blocked']);
  }
  if (page.protocol === 'http:') {
    const plain = `http://${url.hostname}:${url.port === '' ? '443' : url.port}/`;
    if (await isReachable(plain, inquiry)) {
      return found('tls', `The same port answers to plain http (${plain}), so that name and port are right.`);
    }
  }
  const name: Cause[] = isAddress(url.hostname) ? [] : ['name'];
  const why = 'Browsers tell a page nothing more about a request that fails before an answer comes.';
  return silent('unreachable', why, [...name, 'port', 'tls', 'blocked']);
}

/** Whether a browser may count the host to the local network. */
function isLocalName(hostname: string): boolean {
  if (isLoopbackHost(hostname) || hostname.endsWith('.local') || !/[.:]/.test(hostname)) return true;
  return isAddress(hostname) && !isPublicAddress(hostname);
}

/** A file of this page that no cache keeps. Any answer will do: many hosts have no such file. */
async function hasOwnHost(inquiry: Inquiry): Promise<boolean> {
  const own = new URL('config.json', inquiry.surroundings.pageBase).href;
  return isReadable(own, { mode: 'cors' }, inquiry);
}
