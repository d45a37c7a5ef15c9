/** The next step for an image that its registry, or our own caution, does not give without an account. */
import { bestKey } from '../../core/credentials/key.ts';
import type { PulltabError } from '../../core/errors.ts';
import type { Credentials, CredentialView } from '../../page/credentials.ts';
import { RealmConsent, RelayConsent } from './consent.tsx';
import { SignInForm } from './sign-in-form.tsx';
import './sign-in.css';

const SIGN_IN_CODES: readonly PulltabError['code'][] = [
  'auth-required',
  'auth-denied',
  'credentials-refused',
  'rate-limited',
];

/** Where an account may be the reason: a relay that carries none, a registry that hides what it does not allow. */
const ACCOUNT_CODES: readonly PulltabError['code'][] = ['relay-refused', 'not-found'];

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
  const now = account && (
    <AccountNow account={account} refused={error.code === 'credentials-refused'} signOut={signOut} />
  );
  if (!SIGN_IN_CODES.includes(error.code)) {
    return ACCOUNT_CODES.includes(error.code) && now ? <div class="sign-in">{now}</div> : null;
  }
  // An account for a pattern of hosts stays as it is; the new one is for this host.
  const filedUnder = key === undefined || key.includes('*') ? registry : key;
  return (
    <section class="sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Sign in to {registry}</h2>
      {now}
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

function AccountNow(props: { account: CredentialView; refused: boolean; signOut: (from: string) => void }) {
  const { account, refused } = props;
  return (
    <p class="muted sign-in-now">
      {refused ? 'Refused: ' : 'Signed in: '}
      {account.user ?? 'a token'}
      <button type="button" class="button button-small" onClick={() => props.signOut(account.registry)}>
        Sign out
      </button>
    </p>
  );
}
