/**
 * The built app as files. The sample image among them is laid out like the read paths of a registry, where the type of
 * a manifest is in the manifest and in no file name.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import sirv from 'sirv';
import * as v from 'valibot';
import { PulltabError } from '../core/errors.ts';
import { parseJson } from '../core/registry/response.ts';
import { appHeaders } from './app-headers.ts';

/** @param path of the request, without its query */
export type ServeFile = (path: string, request: IncomingMessage, response: ServerResponse) => void;

const Typed = v.object({ mediaType: v.string() });

/**
 * Serves the files that are in the folder now: a later build needs a new start.
 * @throws PulltabError `settings-invalid` for a folder without the app, and for a sample manifest without a type
 */
export async function createFileServer(folder: string): Promise<ServeFile> {
  const files = await listFiles(folder);
  const types = await sampleTypes(folder, files);
  const serve = sirv(folder, {
    etag: true,
    setHeaders(response, path) {
      const type = types.get(path);
      if (type !== undefined) response.setHeader('Content-Type', type);
    },
    onNoMatch(_request, response) {
      // A file that is missing now may be there after the next build.
      response.writeHead(404, { 'Cache-Control': 'no-cache' }).end();
    },
  });
  return (path, request, response) => {
    for (const [name, value] of Object.entries(appHeaders(path))) response.setHeader(name, value);
    serve(request, response);
  };
}

/** Paths below the folder as addresses have them: "/assets/main.js". */
async function listFiles(folder: string): Promise<string[]> {
  const attempted = `serve the app from ${folder}`;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new PulltabError('settings-invalid', { attempted, seen: 'there is no such folder; build the app', cause });
  });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll(sep, '/'));
  if (paths.includes('/index.html')) return paths;
  throw new PulltabError('settings-invalid', { attempted, seen: 'it holds no index.html; build the app' });
}

async function sampleTypes(folder: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const types = new Map<string, string>();
  for (const path of paths) {
    const kind = /^\/v2\/.+\/(manifests|blobs|tags|referrers)\/[^/]+$/.exec(path)?.[1];
    if (kind === 'manifests') types.set(path, await mediaTypeOf(folder, path));
    else if (kind === 'blobs') types.set(path, 'application/octet-stream');
    else if (kind !== undefined) types.set(path, 'application/json');
  }
  return types;
}

async function mediaTypeOf(folder: string, path: string): Promise<string> {
  const parsed = v.safeParse(Typed, parseJson(await readFile(join(folder, path))));
  if (parsed.success) return parsed.output.mediaType;
  throw new PulltabError('settings-invalid', { attempted: `serve ${path}`, seen: 'the manifest names no media type' });
}
