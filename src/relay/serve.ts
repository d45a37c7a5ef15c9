/**
 * What `npm start` runs: reads the environment, starts the server, says where it is, stops it on a signal.
 *
 * PORT: exactly this port (0: any free one). HOST: address to listen at, 127.0.0.1 unless given.
 * PULLTAB_RELAY_HOSTS: registries the relay serves besides the large public ones, with commas between them.
 * PULLTAB_DIST: folder of the built app. PULLTAB_RELAY_LOG=1: a line for each request to the relay.
 */
import { fileURLToPath } from 'node:url';
import { PulltabError } from '../core/errors.ts';
import type { RelayLogEntry } from './handler.ts';
import { startServer } from './server.ts';

const { PORT, HOST, PULLTAB_RELAY_HOSTS, PULLTAB_DIST, PULLTAB_RELAY_LOG } = process.env;

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new PulltabError('settings-invalid', { attempted: 'read PORT', seen: `“${text}” is no port` });
}

function logLine({ method, host, kind, status, reason, bytes, tookMs }: RelayLogEntry): void {
  console.info(`relay ${method} ${host} ${kind} ${status} ${reason ?? '-'} ${bytes} bytes ${tookMs} ms`);
}

try {
  const relayHosts = (PULLTAB_RELAY_HOSTS ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const server = await startServer({
    port: portOf(PORT),
    host: HOST === undefined || HOST === '' ? '127.0.0.1' : HOST,
    distFolder: PULLTAB_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url)),
    relayHosts,
    log: PULLTAB_RELAY_LOG === '1' ? logLine : undefined,
  });
  console.info(`Pulltab: ${server.url}`);
  const added = relayHosts.length === 0 ? '' : ` and ${relayHosts.join(', ')}`;
  console.info(`Relay: ${server.url}relay, for the large public registries${added}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
} catch (error) {
  if (!(error instanceof PulltabError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
