/** The service worker's events, and nothing else: archives go to serve-archive.ts, the app's files to app-shell.ts. */
import { decodeMessage, type FromServiceWorker, ToServiceWorker } from '../protocol/messages.ts';
import { matchArchiveUrl } from '../protocol/urls.ts';
import { dropOldShells, keepShell, type ShellFile, serveShell } from './app-shell.ts';
import { beginArchive, isDraining, serveArchive } from './serve-archive.ts';

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: readonly ShellFile[] };

/** The build writes the list of the app's files here. */
const files = self.__WB_MANIFEST;
const { scope } = self.registration;
const shellUrls = new Set(files.map((file) => new URL(file.url, scope).href));

self.addEventListener('install', (event) => event.waitUntil(keepShell(files)));

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([dropOldShells(files), self.clients.claim()]));
});

self.addEventListener('message', (event) => {
  const message = decodeMessage(ToServiceWorker, event.data);
  if (message.type === 'begin') beginArchive(message.jobId, message);
  // A ping of a known job needs no answer: that it arrived is what keeps this worker running.
  else if (!isDraining(message.jobId)) event.source?.postMessage(lost(message.jobId));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const jobId = matchArchiveUrl(scope, request.url);
  const file = fileUrl(request.url);
  if (jobId !== undefined) event.respondWith(serveArchive(jobId));
  else if (file === scope || shellUrls.has(file)) event.respondWith(serveShell(request, scope, files));
});

/** Without what follows the file's own address: the reference after `#`, or one after `?image=`. */
function fileUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function lost(jobId: string): FromServiceWorker {
  return { type: 'lost', jobId };
}
