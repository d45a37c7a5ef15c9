/** The lab as a whole: registries with images in them. The loaders start apart, on demand (loaders.ts). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pushImages } from './images.ts';
import { removeFolder, temporaryFolder } from './process.ts';
import {
  connectRegistry,
  type Registry,
  type RegistryAddresses,
  type RegistryKind,
  startRegistries,
} from './registry.ts';
import { type LoggedRequest, RequestLog } from './request-log.ts';

/** Plain data, so that it can be handed to the processes that run the test files. */
export interface LabAddresses {
  readonly registries: RegistryAddresses;
  /** An open registry over the same storage, for pushing: its requests are not logged. */
  readonly pushTo: string;
}

/** The registries by kind (see `REGISTRY_KINDS`), the token server's log, and where to push more images. */
export interface Lab extends Readonly<Record<RegistryKind, Registry>> {
  readonly tokenServer: { readonly realm: string; requests(): LoggedRequest[]; clearRequests(): void };
  /** Where `redirect` sends blob requests. */
  readonly storage: Registry;
  readonly pushTo: string;
}

export interface StartedLab {
  readonly lab: Lab;
  readonly addresses: LabAddresses;
  stop(): Promise<void>;
}

/** Starts the registries and pushes every image of `LAB_IMAGES`. About ten seconds on two cores. */
export async function startLab(): Promise<StartedLab> {
  const folder = temporaryFolder('registries');
  const { addresses: registries, pushTo, stop } = await startRegistries(folder);
  const images = join(folder, 'images');
  mkdirSync(images);
  await pushImages(images, pushTo);
  removeFolder(images);
  const addresses = { registries, pushTo };
  return {
    lab: connectLab(addresses),
    addresses,
    stop: async () => {
      await stop();
      removeFolder(folder);
    },
  };
}

/** Request logs begin empty in every process that connects. */
export function connectLab({ registries, pushTo }: LabAddresses): Lab {
  const { realm, logFile } = registries.tokenServer;
  const log = new RequestLog(logFile);
  return {
    plain: connectRegistry(registries.plain),
    token: connectRegistry(registries.token),
    nginx: connectRegistry(registries.nginx),
    closed: connectRegistry(registries.closed),
    htpasswd: connectRegistry(registries.htpasswd),
    redirect: connectRegistry(registries.redirect),
    storage: connectRegistry(registries.storage),
    tokenServer: { realm, requests: () => log.requests(), clearRequests: () => log.clear() },
    pushTo,
  };
}
