/** The next step for an image that its registry, or our own caution, does not give without an account. */
import { bestKey } from '../../core/credentials/key.ts';
import type { PulltabError } from '../../core/errors.ts';
import type { Credentials } from '../../page/credentials.ts';
import { RealmConsent, RelayConsent } from './consent.tsx';
import { SignInForm } from './sign-in-form.tsx';
import './sign-in.css';

const SIGN_IN_CODES: readonly PulltabError['code'][] = [
  'auth-required',
  'auth-denied',
  'credentials-refused',
  'rate-limited',
];

export function SignInForImage(props: {
  error: PulltabError;
  /** Where the account is needed: a mirror, where one is asked in the registry's place. */
  registry: string;
  repository: string;
  /** The relay that was asked; undefined where none was. */
  relay: string | undefined;
  credentials: Credentials;
  reload: () => void;
}) {
  const { error, credentials, reload, registry, repository } = props;
  const accounts = credentials.list.value;
  const key = bestKey(
    accounts.map((account) => account.registry),
    registry,
    repository,
  );
  const account = accounts.find((candidate) => candidate.registry === key);
  const signOut = (from: string) => void credentials.remove(from).then(reload, reload);

  const { host } = error;
  if (error.code === 'realm-not-trusted' && key !== undefined && host !== undefined) {
    const allow = () => credentials.trustRealm(key, host).then(reload);
    return <RealmConsent registry={registry} host={host} answers={{ allow, signOut: () => signOut(key) }} />;
  }
  if (error.code === 'relay-not-trusted' && key !== undefined && host !== undefined) {
    const allow = () => credentials.setViaRelay(key, true).then(reload);
    return <RelayConsent registry={registry} relay={host} answers={{ allow, signOut: () => signOut(key) }} />;
  }
  if (!SIGN_IN_CODES.includes(error.code)) return null;
  // An account for a pattern of hosts stays as it is; the new one is for this host.
  const filedUnder = key === undefined || key.includes('*') ? registry : key;
  return (
    <section class="sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Sign in to {registry}</h2>
      {account !== undefined && (
        <p class="muted sign-in-now">
          {error.code === 'credentials-refused' ? 'Refused: ' : 'Signed in: '}
          {account.user ?? 'a token'}
          <button type="button" class="button button-small" onClick={() => signOut(account.registry)}>
            Sign out
          </button>
        </p>
      )}
      <SignInForm
        registry={registry}
        filedUnder={filedUnder}
        relay={props.relay}
        before={account && { user: account.user ?? '', keep: account.kept, viaRelay: account.viaRelay }}
        focus={error.code === 'credentials-refused'}
        signIn={credentials.signIn}
        done={reload}
      />
    </section>
  );
}
