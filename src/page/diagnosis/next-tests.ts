/** The tests that a page cannot do and a person can: a tab of its own, a line in a terminal. */
import { wordsOf } from './causes.ts';
import type { Finding, NextTest } from './model.ts';

const CORS_CAUSES = new Set([
  'no-cors-api',
  'no-cors-token',
  'no-cors-blob',
  'authorization-not-allowed',
  'hidden-challenge',
]);

/** @param base of the registry itself, also where a relay asks it: "https://registry.example:5000" */
export function nextTests(finding: Finding, { base, origin }: { base: string; origin: string }): NextTest[] {
  const ping = `${base}/v2/`;
  const tests: NextTest[] = [];
  if (finding.mayBe.length > 0 || finding.cause === 'tls') {
    tests.push({
      title: 'Open the registry in a tab',
      tells:
        'A tab says why: a name that is not found, a connection that is refused, a certificate that is not trusted. An empty page, {} or a question for a password means that the registry is there.',
      link: ping,
    });
  }
  const line = lineFor(finding, { ping, origin });
  if (line !== undefined) tests.push(line);
  return tests;
}

function lineFor({ cause }: Finding, { ping, origin }: { ping: string; origin: string }): NextTest | undefined {
  if (cause === 'preflight') {
    return {
      title: 'Ask what a browser asks first',
      tells:
        'It has to answer with 2xx and with Access-Control-Allow-Origin and Access-Control-Allow-Headers; 401 is the fault.',
      line: `curl -i -X OPTIONS ${quoted(ping)} -H ${quoted(`Origin: ${origin}`)} -H 'Access-Control-Request-Method: GET' -H 'Access-Control-Request-Headers: authorization'`,
    };
  }
  if (CORS_CAUSES.has(cause)) {
    return {
      title: 'Look at the headers',
      tells: `Access-Control-Allow-Origin has to be there, as * or ${origin}.`,
      line: `curl -i ${quoted(ping)} -H ${quoted(`Origin: ${origin}`)}`,
    };
  }
  if (
    ['unreachable', 'timeout', 'relay-cannot-reach', 'name', 'port', 'tls', 'blocked', 'local-network'].includes(cause)
  ) {
    return {
      title: 'Ask from a terminal',
      tells: `curl names the cause. If it gets an answer, this is it: ${wordsOf('blocked').name}.`,
      line: `curl -v ${quoted(ping)}`,
    };
  }
  if (cause === 'offline' || cause === 'internal') return undefined;
  return {
    title: 'Ask from a terminal',
    tells: 'The answer as the registry gives it.',
    line: `curl -i ${quoted(ping)}`,
  };
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
