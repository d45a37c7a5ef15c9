import { PulltabError } from '../errors.ts';

/** A registry sends accounts to a token service at another host, and whether that is right only a person can say. */
export class RealmNotTrusted extends PulltabError {
  /**
   * @param registry the host that asks
   * @param realmHost host, with its port where it has one, that the credentials would go to
   */
  constructor(
    attempted: string,
    readonly registry: string,
    readonly realmHost: string,
  ) {
    const seen = `${registry} asks to send the account to ${realmHost}, which is not known to belong to it`;
    super('realm-not-trusted', { attempted, seen });
  }
}
