/** The app itself, kept so that it opens without a network. Only this deployment's files, by their hashed names. */

export interface ShellFile {
  readonly url: string;
  readonly revision: string | null;
}

const PREFIX = 'pulltab-shell-';

/** One cache for each set of files; the name changes when any of them does. */
function cacheName(files: readonly ShellFile[]): string {
  return PREFIX + files.map((file) => `${file.url}@${file.revision ?? ''}`).join('|');
}

export async function keepShell(files: readonly ShellFile[]): Promise<void> {
  const cache = await caches.open(cacheName(files));
  await cache.addAll(files.map((file) => new Request(file.url, { cache: 'reload' })));
}

/** Deletes what earlier versions kept; other caches of the origin are not ours to touch. */
export async function dropOldShells(files: readonly ShellFile[]): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== cacheName(files));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The kept file for a request of the app's own, or what the network has. */
export async function serveShell(request: Request, scope: string, files: readonly ShellFile[]): Promise<Response> {
  const cache = await caches.open(cacheName(files));
  const key = request.mode === 'navigate' ? new URL('index.html', scope).href : request.url;
  return (await cache.match(key)) ?? fetch(request);
}
