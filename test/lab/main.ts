/**
 * `npm run lab`: the registries with their images, by hand, until Ctrl-C. Prints what to paste into Pulltab's field, and
 * how to start Pulltab so that its relay reaches the registries that pages cannot read.
 */
import { LAB_IMAGES } from './images.ts';
import { INSPECTED_IMAGES, pushInspectedImages } from './inspected-images.ts';
import { type Lab, startLab } from './lab.ts';
import { REGISTRY_KINDS } from './registry.ts';
import { LAB_ACCOUNT } from './token-server.ts';

console.info('Starting the registries and filling them …');
const { lab } = await startLab();
await pushInspectedImages(lab.pushTo, lab.plain.host);
console.info(describeLab(lab));
// The registries' processes keep this one alive. process.ts ends them and removes their folders at Ctrl-C.

function describeLab(lab: Lab): string {
  return [
    '',
    `${lab.plain.host}   ${REGISTRY_KINDS.plain}`,
    `${lab.token.host}   ${REGISTRY_KINDS.token}`,
    `${lab.nginx.host}   ${REGISTRY_KINDS.nginx}`,
    `${lab.closed.host}   ${REGISTRY_KINDS.closed}`,
    `${lab.htpasswd.host}   ${REGISTRY_KINDS.htpasswd}`,
    `${lab.redirect.host}   ${REGISTRY_KINDS.redirect}`,
    `${lab.pushTo}   for pushing: what is pushed here, all of them serve`,
    '',
    'Images of every registry:',
    ...Object.entries({ ...LAB_IMAGES, ...INSPECTED_IMAGES }).map(
      ([name, what]) => `  ${lab.plain.host}/${name.padEnd(18)} ${what}`,
    ),
    '',
    `The account is ${LAB_ACCOUNT.username}, its password “${LAB_ACCOUNT.password}”.`,
    'Pulltab with a relay that reaches all of them:',
    `  PULLTAB_RELAY_HOSTS=${relayHosts(lab).join(',')} npm start`,
    '',
    'Ctrl-C ends the lab.',
  ].join('\n');
}

/** The token server too: a relay follows a challenge only to hosts that its operator named. */
function relayHosts(lab: Lab): string[] {
  const registries = [lab.plain, lab.token, lab.nginx, lab.closed, lab.htpasswd, lab.redirect, lab.storage];
  return [...registries.map(({ base }) => base), new URL(lab.tokenServer.realm).origin];
}
