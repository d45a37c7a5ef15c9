/** The app as its sources are now, built apart: the tests' build may be older, and may be replaced while this one runs. */
import { build } from 'vite';
import { type RunningServer, startServer } from '../../src/relay/server.ts';

export interface BuildOptions {
  /** Whether names become short; yes if not given. */
  readonly minify?: boolean;
}

/** @param dist a folder for the build; replaced if it is there */
export async function startBuiltApp(dist: string, { minify = true }: BuildOptions = {}): Promise<RunningServer> {
  await build({ logLevel: 'warn', build: { outDir: dist, emptyOutDir: true, minify } });
  return startServer({ port: 0, host: '127.0.0.1', distFolder: dist, relayHosts: [] });
}
