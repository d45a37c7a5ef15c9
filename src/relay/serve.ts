/**
 * What `npm start` runs: reads the environment, starts the server, says where it is, stops it on a signal.
 *
 * PORT: exactly this port (0: any free one). HOST: address to listen at, 127.0.0.1 unless given.
 * PULLTAB_RELAY_HOSTS: registries the relay serves besides the large public ones, with commas between them.
 * PULLTAB_RELAY_ORIGINS: more origins whose pages may use the relay. PULLTAB_RELAY_CREDENTIALS=1: it carries passwords.
 * PULLTAB_RELAY_PROXIED=1: a proxy stands before it and tells the client's address. PULLTAB_RELAY_BYTES_PER_DAY: for one
 * client. PULLTAB_DIST: folder of the built app. PULLTAB_RELAY_LOG=1: a line for each request to the relay.
 */
import { PulltabError } from '../core/errors.ts';
import type { RelayLogEntry } from './handler.ts';
import { startServer } from './server.ts';
import { listOf } from './settings.ts';

const { PORT, HOST, PULLTAB_DIST, PULLTAB_RELAY_LOG, PULLTAB_RELAY_BYTES_PER_DAY } = process.env;
const { PULLTAB_RELAY_HOSTS, PULLTAB_RELAY_ORIGINS, PULLTAB_RELAY_CREDENTIALS, PULLTAB_RELAY_PROXIED } = process.env;

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new PulltabError('settings-invalid', { attempted: 'read PORT', seen: `“${text}” is no port` });
}

function bytesOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  const seen = `“${text}” is no number of bytes`;
  throw new PulltabError('settings-invalid', { attempted: 'read PULLTAB_RELAY_BYTES_PER_DAY', seen });
}

function logLine({ method, host, kind, status, reason, bytes, tookMs }: RelayLogEntry): void {
  console.info(`relay ${method} ${host} ${kind} ${status} ${reason ?? '-'} ${bytes} bytes ${tookMs} ms`);
}

try {
  const relayHosts = listOf(PULLTAB_RELAY_HOSTS);
  const bytesPerDay = bytesOf(PULLTAB_RELAY_BYTES_PER_DAY);
  const server = await startServer({
    port: portOf(PORT),
    host: HOST === undefined || HOST === '' ? '127.0.0.1' : HOST,
    distFolder: PULLTAB_DIST ?? 'dist',
    relayHosts,
    pageOrigins: listOf(PULLTAB_RELAY_ORIGINS),
    passwords: PULLTAB_RELAY_CREDENTIALS === '1',
    isProxied: PULLTAB_RELAY_PROXIED === '1',
    limits: bytesPerDay === undefined ? {} : { bytesPerDay },
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
