/**
 * Every reason that a pull can fail for, as a name, a sentence, and who can do what about it. The texts speak of `host`,
 * the machine that the cause is about, and of `origin`, where this page came from.
 */

export interface CauseWords {
  /** A few words, the same in every report: "no CORS on the API". */
  readonly name: string;
  readonly sentence: (about: { readonly host: string; readonly origin: string }) => string;
  /** "You", "Whoever runs the registry". */
  readonly who: string;
  readonly remedy: (about: { readonly host: string; readonly origin: string }) => string;
  /** Whether settings of the registry's software mend it (registry-settings.ts). */
  readonly settings?: true;
}

const REGISTRY = 'Whoever runs the registry';

export const CAUSES = {
  offline: {
    name: 'offline',
    sentence: () => 'This browser has no network.',
    who: 'You',
    remedy: () => 'Connect this device to a network and run the diagnosis again.',
  },
  unreachable: {
    name: 'name or port not reachable',
    sentence: ({ host }) =>
      `${host} gives this browser no answer at all. A page is not told why: the name may not exist, nothing may listen on the port, its certificate may be refused, or something may block the request.`,
    who: 'You, or whoever runs the registry',
    remedy: ({ host }) =>
      `Check the spelling of ${host} and its port, and whether a VPN is needed. Then do the tests below: what the tab or curl says tells these causes apart.`,
  },
  timeout: {
    name: 'no answer in time',
    sentence: ({ host }) =>
      `${host} does not refuse, but gives no answer within 20 seconds: a firewall swallows the requests, a VPN is not connected, or the registry is overloaded.`,
    who: 'You, or whoever manages this network or the registry',
    remedy: () => 'Connect the VPN that the registry is behind, if there is one, and run the diagnosis again.',
  },
  name: {
    name: 'name not found',
    sentence: ({ host }) => `The name ${host} does not exist.`,
    who: 'You',
    remedy: () => 'Check the spelling of the registry, and whether its name is known only within a VPN.',
  },
  port: {
    name: 'port not reachable',
    sentence: ({ host }) => `Nothing answers at ${host}: this is most likely a port that no program listens on.`,
    who: 'You, or whoever runs the registry',
    remedy: () => 'Check the port, start the registry, and make sure that it listens at this address.',
  },
  tls: {
    name: 'TLS',
    sentence: ({ host }) =>
      `${host} can be reached, but not over https: its certificate is refused by this browser, or it speaks plain http.`,
    who: REGISTRY,
    remedy: ({ host }) =>
      `Give ${host} a certificate for exactly this name from an authority that browsers trust. For your own authority, install its root certificate on this device. A registry that speaks plain http needs a proxy with https in front.`,
  },
  'mixed-content': {
    name: 'mixed content',
    sentence: ({ host }) =>
      `This page came over https, and browsers let such a page read nothing over http from ${host}.`,
    who: 'You, or whoever runs the registry',
    remedy: () => 'Serve the registry over https, or open Pulltab from http://localhost (npm start).',
  },
  'local-network': {
    name: 'local network permission',
    sentence: ({ host }) =>
      `${host} is on this device or in its local network, and this browser lets a page go there only with your permission.`,
    who: 'You',
    remedy: () =>
      'Open the site settings beside the address of this page, allow access to the local network, and run the diagnosis again.',
  },
  blocked: {
    name: 'blocked by the browser or a proxy',
    sentence: ({ host }) =>
      `Something on the way blocks requests to ${host}: an extension, a policy of this browser or page, or a proxy.`,
    who: 'You, or whoever manages this network',
    remedy: () =>
      'Try a private window without extensions, or another browser. In a company, ask for the address to be allowed by the proxy.',
  },
  'not-a-registry': {
    name: 'not a registry',
    sentence: ({ host }) =>
      `Something that is no registry answers at ${host}: a web site, a sign-in page, or a proxy in between.`,
    who: 'You, or whoever manages this network',
    remedy: () =>
      'Open the address in a tab: a sign-in page of a network or a proxy shows there. Check the registry’s name and port.',
  },
  'no-cors-api': {
    name: 'no CORS on the API',
    sentence: ({ host, origin }) =>
      `${host} can be reached and answers, but it does not allow web pages such as ${origin} to read its answers (no CORS headers).`,
    who: REGISTRY,
    remedy: ({ origin }) =>
      `The registry has to send CORS headers for ${origin} with every answer, errors included. Where that cannot be, use a relay: npm start has one.`,
    settings: true,
  },
  preflight: {
    name: 'preflight refused',
    sentence: ({ host, origin }) =>
      `${host} lets ${origin} read plain answers, but refuses the question that a browser asks before it sends a token (the preflight, OPTIONS). A registry that wants tokens mostly answers it with 401.`,
    who: REGISTRY,
    remedy: () =>
      'OPTIONS has to be answered with 204 and CORS headers before any authentication. The registry software “distribution” cannot do it: a proxy in front of it can.',
    settings: true,
  },
  'authorization-not-allowed': {
    name: 'Authorization not allowed by CORS',
    sentence: ({ host }) =>
      `${host} answers preflights, but does not name Authorization among the headers that a page may send. “*” does not cover it.`,
    who: REGISTRY,
    remedy: () => 'Access-Control-Allow-Headers has to name Authorization.',
    settings: true,
  },
  'no-cors-token': {
    name: 'no CORS on the token server',
    sentence: ({ host, origin }) =>
      `The registry can be read, but its token server ${host} does not allow ${origin} to read the tokens it gives (no CORS headers).`,
    who: 'Whoever runs the token server',
    remedy: ({ host, origin }) => `${host} has to send CORS headers for ${origin}. Where that cannot be, use a relay.`,
    settings: true,
  },
  'no-cors-blob': {
    name: 'no CORS on the blob host',
    sentence: ({ host }) =>
      `${host} can be read, but it redirects to another host for the contents, and that one does not allow web pages to read it (no CORS headers, or none for “Origin: null”, which browsers send after such a redirect).`,
    who: 'Whoever runs the registry and its storage',
    remedy: () =>
      'The storage has to send Access-Control-Allow-Origin: *, or the registry has to hand out blobs itself instead of redirecting. Where neither can be, use a relay.',
    settings: true,
  },
  'sign-in': {
    name: 'account needed',
    sentence: ({ host }) => `${host} wants an account, and none was given.`,
    who: 'You',
    remedy: () =>
      'Check the name first: many registries answer like this when an image does not exist. Otherwise open the image: its page has a form to sign in.',
  },
  'hidden-challenge': {
    name: 'challenge hidden by CORS',
    sentence: ({ host }) =>
      `${host} asks for a token, but does not let a page see where to get one: CORS hides WWW-Authenticate, and no token server was found at the usual places.`,
    who: REGISTRY,
    remedy: () => 'Access-Control-Expose-Headers has to name WWW-Authenticate. Where that cannot be, use a relay.',
    settings: true,
  },
  'wrong-credentials': {
    name: 'wrong credentials',
    sentence: ({ host }) => `${host} does not accept the user name and password that were sent.`,
    who: 'You',
    remedy: () => 'Sign in again. Many registries want a token in place of the password, and tokens expire.',
  },
  'no-rights': {
    name: 'no rights',
    sentence: ({ host }) => `${host} knows the account, but the account may not read this repository.`,
    who: 'Whoever owns the repository',
    remedy: () => 'Ask for the right to pull, or sign in with another account.',
  },
  'not-found': {
    name: 'not found or private',
    sentence: ({ host }) =>
      `${host} says that it has no such image, or none that may be read without an account. Registries answer the same for both, so that nobody learns which private images exist.`,
    who: 'You',
    remedy: () => 'Check the spelling of the repository and the tag. If the image is private, sign in to the registry.',
  },
  'not-trusted': {
    name: 'account held back',
    sentence: ({ host }) =>
      `${host} asks for an account. There is one, but it was not sent: it would go to a relay or to a token server that you have not allowed to see it.`,
    who: 'You',
    remedy: () => 'Sign in again and allow this relay or token server to see the account, if you trust it.',
  },
  'rate-limit': {
    name: 'rate limit',
    sentence: ({ host }) => `${host} has had too many requests from this address or account and asks to wait (429).`,
    who: 'You',
    remedy: () =>
      'Wait and try again. An account mostly has a larger allowance than an address that many people share.',
  },
  'wrong-media-type': {
    name: 'wrong media type',
    sentence: ({ host }) => `What ${host} sends in place of the manifest is not one.`,
    who: REGISTRY,
    remedy: () =>
      'A manifest has to come as JSON with its own media type in Content-Type. A proxy that answers with a page of its own, or an address that belongs to a web site, does this.',
  },
  'broken-realm': {
    name: 'broken realm',
    sentence: ({ host }) => `${host} asks for a token, but the token server that it names (the realm) cannot be used.`,
    who: REGISTRY,
    remedy: () =>
      'The realm in the registry’s configuration has to be the full https address of the token server, as clients outside can reach it.',
  },
  'mislabelled-encoding': {
    name: 'mislabelled Content-Encoding',
    sentence: ({ host }) =>
      `${host} sends a stored blob with a Content-Encoding header. The browser then unpacks it on the way, so that the bytes no longer match their digest.`,
    who: REGISTRY,
    remedy: () =>
      'Blobs have to be sent without Content-Encoding: remove it from the objects’ metadata in the storage, and switch compression off for /v2/ in any proxy.',
  },
  damaged: {
    name: 'damaged or cut content',
    sentence: ({ host }) => `What arrives from ${host} is not as long as the manifest says, or has another digest.`,
    who: REGISTRY,
    remedy: () =>
      'Run the diagnosis again. If it stays, a proxy cuts or changes the contents, or the storage is damaged.',
  },
  'registry-failed': {
    name: 'fault of the registry',
    sentence: ({ host }) => `${host} can be reached, but fails.`,
    who: REGISTRY,
    remedy: () => 'Try again in a moment. If it stays, send this report to whoever runs the registry.',
  },
  'relay-unreachable': {
    name: 'relay not reachable',
    sentence: ({ host }) => `The relay ${host} gives no answer that this page may read.`,
    who: 'Whoever hosts this page',
    remedy: ({ origin }) => `The relay has to run, and to allow pages of ${origin}.`,
  },
  'relay-cannot-reach': {
    name: 'not reachable for the relay',
    sentence: ({ host }) => `The relay works, but gets no answer of ${host}.`,
    who: 'You, or whoever hosts the relay',
    remedy: ({ host }) =>
      `Check the spelling of ${host}. A relay reaches only what its own network reaches, over https with a certificate that it trusts.`,
  },
  'relay-refused': {
    name: 'refused by the relay',
    sentence: ({ host }) => `The relay refuses to reach ${host}.`,
    who: 'Whoever hosts the relay',
    remedy: ({ host }) => `Ask for ${host} to be added to the hosts of the relay (PULLTAB_RELAY_HOSTS with npm start).`,
  },
  internal: {
    name: 'defect of Pulltab',
    sentence: () => 'Something happened that this diagnosis has no name for.',
    who: 'The people who make Pulltab',
    remedy: () => 'Please report it with this text.',
  },
} as const satisfies Record<string, CauseWords>;

export type Cause = keyof typeof CAUSES;

export function wordsOf(cause: Cause): CauseWords {
  return CAUSES[cause];
}
