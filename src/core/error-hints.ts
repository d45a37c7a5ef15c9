/** What the person can do about an error, in one sentence per code. Apart from errors.ts: most pages never show one. */
export const HINTS = {
  'reference-invalid':
    'A reference looks like nginx, ghcr.io/org/app:1.2, app@sha256:… or localhost:5000/app. Names are lower case.',
  'route-invalid': 'Open the home page and type the image there: the address of this page could not be read.',
  'settings-invalid':
    'Whoever hosts this page has to correct config.json beside it; Pulltab goes on with its defaults.',
  'network-or-cors':
    'The browser does not say which of these it was: no network, a wrong host name, a certificate it refuses, or a registry that does not allow pages to read it. Check the name, or use a relay.',
  'connection-lost':
    'What had arrived is kept as long as this download is listed. Press Retry when the network is back: it goes on where it stopped.',
  'relay-missing':
    'This registry does not answer web pages, so a relay is needed: start Pulltab with npm start, or ask whoever hosts this page to add one.',
  'relay-refused': 'The relay serves only the hosts its operator allows. Ask the operator to add this one.',
  'auth-required':
    'The registry asks for an account. Check the name first: many registries answer like this when an image does not exist.',
  'credentials-refused':
    'Check the user name and the password; many registries want an access token here instead of the password.',
  'credentials-invalid': 'Check what was typed or pasted.',
  'realm-not-trusted':
    'Sign in there only if you know that this host gives out the tokens of this registry; the credentials go to it.',
  'relay-not-trusted':
    'Allow the relay for these credentials where they are listed, if you trust whoever runs it; it can read them.',
  'auth-denied': 'The image may be private or may not exist. Check the name, and that your account may read it.',
  'not-found': 'Check the spelling of the repository and the tag.',
  'rate-limited': 'The registry counts pulls per address. Wait for a while, or sign in to get a larger allowance.',
  'too-many-requests':
    'This is a limit on requests of any kind from one address, which others may share, not on pulls: an account does not change it. Wait a minute and try again.',
  'registry-failed':
    'This is the registry’s fault. Try again in a moment; if it stays, tell whoever runs the registry.',
  'manifest-too-large': 'Manifests over 4 MiB are refused: no real image needs one. Tell whoever runs the registry.',
  'manifest-invalid': 'What the registry sent is not an image manifest. Check that the address belongs to a registry.',
  'manifest-unsupported': 'It can be looked at, but no loader takes an archive of it.',
  'platform-invalid': 'A platform looks like linux/amd64, linux/arm64 or linux/arm/v7.',
  'platform-missing': 'Choose one of the platforms that this image has.',
  'digest-mismatch':
    'Nothing of it was kept. Try again; if it happens again, something between you and the registry changes the bytes.',
  'size-mismatch':
    'Nothing of it was kept. Try again; if it happens again, the connection is being cut or the registry is damaged.',
  'storage-refused':
    'The browser does not let this page store data (a private window, or a setting). Downloads still work, but nothing is kept for the next one.',
  'storage-full': 'The browser’s storage is full. Clear the layer cache or free disk space.',
  'download-unavailable':
    'Saving needs a service worker: open Pulltab over https or on localhost, in a window that is not private.',
  'download-interrupted': 'The file on disk is not whole and no tool will load it. Delete it and download again.',
  'range-refused':
    'Try again: all of the layer is read then. If it happens again, tell whoever runs the registry or the relay.',
  'archive-invalid':
    'Choose a file that docker save, podman save, skopeo, buildx or umoci wrote, compressed or not. If it is one, copy or make it anew.',
  'pattern-invalid':
    'Correct the expression, or search for the text as it is: . * + ? ( ) [ ] { } | ^ $ and \\ mean something else there.',
  'pattern-too-slow':
    'Make the expression simpler: a repetition within a repetition, as in (a+)+, can take forever to say no.',
  'file-missing': 'Check the path: the image has no such file, or what it links to is not in the image.',
  'file-broken': 'The image itself is damaged here: whoever built it has to build it again.',
  'layer-broken':
    'The layer is damaged, or made to do harm. Pull it again; if that changes nothing, tell whoever made the image.',
  internal: 'This is a defect of Pulltab. Reload the page; if it happens again, please report it with this text.',
} as const satisfies Record<string, string>;
