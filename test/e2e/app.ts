/** The production build behind its own server, as `npm start` runs it. */
import { join } from 'node:path';
import { startServer } from '../../src/relay/server.ts';

/** The build under test; another than the usual one where the environment says so. */
export const DIST = process.env.PULLTAB_TEST_DIST ?? join(import.meta.dirname, '../../dist');

export interface App {
  /** `http://localhost:PORT/`. */
  readonly url: string;
  /** The page of a reference, or of any other route. */
  address(route: string): string;
  close(): Promise<void>;
}

/**
 * @param relayHosts hosts besides the public registries that the relay may reach
 * @param passwords whether the relay carries passwords to them
 */
export async function startApp(relayHosts: readonly string[] = [], passwords = false): Promise<App> {
  const server = await startServer({ port: 0, host: '127.0.0.1', distFolder: DIST, relayHosts, passwords });
  return { url: server.url, address: (route) => `${server.url}#/${route}`, close: server.close };
}
