/**
 * Vitest's global set-up. It starts nothing but a small server that starts the lab when a test file first asks for it
 * (use-lab.ts), so that a run of unit tests alone costs nothing and needs no registry.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type StartedLab, startLab } from './lab.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly labStarter: string;
  }
}

let lab: Promise<StartedLab> | undefined;
let closeStarter: (() => void) | undefined;

export async function setup(project: TestProject): Promise<void> {
  const server = createServer((_request, response) => {
    lab ??= startLab();
    lab.then(
      ({ addresses }) => response.end(JSON.stringify(addresses)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.stack : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeStarter = () => {
    server.close();
    server.closeAllConnections();
  };
  project.provide('labStarter', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

export async function teardown(): Promise<void> {
  closeStarter?.();
  // A lab that failed to start was reported to the test that asked for it.
  const started = await lab?.catch(() => undefined);
  await started?.stop();
}
