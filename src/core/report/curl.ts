/**
 * A request as a line for a shell, so that an administrator can try what the page tried. It holds no secret: `$TOKEN`
 * stands for one, and comments say how to get it. For a POSIX shell with curl.
 */
import { REDACTED } from './redact.ts';
import { isTokenRequest, type RequestRecord, targetHost } from './request-record.ts';

/**
 * Comments, each a line of its own, and one curl command, with which the whole answer goes to standard output.
 * @param earlier the requests before it, oldest first: a token's service is found among them
 */
export function formatCurl(record: RequestRecord, earlier: readonly RequestRecord[] = []): string {
  const args = ['curl', '-sS', '-i'];
  if (record.method === 'HEAD') args.push('-I');
  else if (record.method !== 'GET') args.push('-X', record.method);
  if (record.redirectedTo !== undefined) args.push('-L');
  if (record.accept !== undefined) args.push('-H', quote(`Accept: ${record.accept}`));
  if (record.range !== undefined) args.push('-H', quote(`Range: ${record.range}`));
  // In double quotes, so that the shell puts the token in.
  if (record.authorization !== undefined) args.push('-H', `"Authorization: ${schemeFor(record)} $TOKEN"`);
  args.push(quote(record.address));
  return [...comments(record, earlier), args.join(' ')].join('\n');
}

function schemeFor({ authorization }: RequestRecord): string {
  return authorization === 'Basic' ? 'Basic' : 'Bearer';
}

function comments(record: RequestRecord, earlier: readonly RequestRecord[]): string[] {
  const lines: string[] = [];
  if (record.address.includes(REDACTED))
    lines.push(`# Put in what ${REDACTED} stands for: it was a secret or unknown.`);
  if (record.method === 'POST') lines.push('# The form that it was sent with held credentials and was left out.');
  if (record.authorization === 'Basic') {
    lines.push("# First: TOKEN=$(printf %s 'user:password' | base64 -w0)");
  } else if (record.authorization !== undefined) {
    const service = tokenService(record, earlier);
    lines.push(
      service === undefined
        ? '# TOKEN is what the token service in the WWW-Authenticate of a request without it gives: {"token":"…"}.'
        : `# First: TOKEN=$(curl -sS ${quote(service)} | sed -n 's/.*"token" *: *"\\([^"]*\\)".*/\\1/p')`,
    );
  }
  return lines;
}

/** The address that gave the last token for the same repository before this request. */
function tokenService(record: RequestRecord, earlier: readonly RequestRecord[]): string | undefined {
  const repository = repositoryOf(record);
  if (repository === undefined) return undefined;
  const scope = `scope=repository:${repository}:`;
  const given = earlier.findLast(
    ({ address, status, startedAtMs, via }) =>
      isTokenRequest(address) &&
      status === 200 &&
      startedAtMs <= record.startedAtMs &&
      via === record.via &&
      address.includes(scope),
  );
  return given?.address;
}

/** "library/nginx", of the addresses that the distribution specification knows. */
function repositoryOf(record: RequestRecord): string | undefined {
  const path = record.address.slice(record.address.indexOf(targetHost(record)));
  return /\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\/[^/]+$/.exec(path)?.[1];
}

const NEEDS_NO_QUOTES = /^[A-Za-z0-9_@%+=:,./-]+$/;

function quote(text: string): string {
  return NEEDS_NO_QUOTES.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
