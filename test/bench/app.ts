/** The app as its sources are now, built apart: the tests' build may be older, and may be replaced while this one runs. */
import { build } from 'vite';
import { type RunningServer, startServer } from '../../src/relay/server.ts';

/** @param dist a folder for the build; replaced if it is there */
export async function startBuiltApp(dist: string): Promise<RunningServer> {
  await build({ logLevel: 'warn', build: { outDir: dist, emptyOutDir: true } });
  return startServer({ port: 0, host: '127.0.0.1', distFolder: dist, relayHosts: [] });
}
