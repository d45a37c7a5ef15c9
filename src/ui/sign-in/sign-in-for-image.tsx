/** The next step for an image that its registry, or our own caution, does not give without an account. */
import { bestKey } from '../../core/credentials/key.ts';
import type { PulltabError } from '../../core/errors.ts';
import type { Reference } from '../../core/reference.ts';
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
  reference: Reference;
  /** The relay that was asked; undefined where none was. */
  relay: string | undefined;
  credentials: Credentials;
  reload: () => void;
}) {
  const { error, credentials, reload } = props;
  const { registry, repository } = props.reference;
  const accounts = credentials.list.value;
  const key = bestKey(
    accounts.map((account) => account.registry),
    registry,
    repository,
  );
  const account = accounts.find((candidate) => candidate.registry === key);

  const { host } = error;
  if (error.code === 'realm-not-trusted' && key !== undefined && host !== undefined) {
    const allow = () => credentials.trustRealm(key, host).then(reload);
    return <RealmConsent registry={registry} host={host} allow={allow} />;
  }
  if (error.code === 'relay-not-trusted' && key !== undefined && host !== undefined) {
    return (
      <RelayConsent registry={registry} relay={host} allow={() => credentials.setViaRelay(key, true).then(reload)} />
    );
  }
  if (!SIGN_IN_CODES.includes(error.code)) return null;
  // An account for a pattern of hosts stays as it is; the new one is for this host.
  const filedUnder = key === undefined || key.includes('*') ? registry : key;
  return (
    <section class="sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Sign in to {registry}</h2>
      {account !== undefined && (
        <p class="muted sign-in-now">
          Signed in{account.user !== undefined && ` as ${account.user}`}.
          <button
            type="button"
            class="button button-small"
            onClick={() => void credentials.remove(account.registry).then(reload)}
          >
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
