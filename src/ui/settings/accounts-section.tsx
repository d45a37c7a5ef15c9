/** The accounts of this page: where each may be, and the ways to be rid of them. */
import { useState } from 'preact/hooks';
import { asPulltabError, type PulltabError } from '../../core/errors.ts';
import type { Credentials, CredentialView } from '../../page/credentials.ts';
import { checkRegistryName } from '../../page/setting-checks.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { SignInForm } from '../sign-in/sign-in-form.tsx';
import { ForgetAll } from './forget-all.tsx';
import { TextField } from './text-field.tsx';

export function AccountsSection(props: { credentials: Credentials; relay: string | undefined }) {
  const { credentials, relay } = props;
  const accounts = credentials.list.value;
  const [error, setError] = useState<PulltabError | undefined>(undefined);

  function attempt(doing: Promise<void>, attempted: string) {
    setError(undefined);
    doing.catch((failure: unknown) => setError(asPulltabError(failure, attempted)));
  }

  return (
    <section class="settings-section" aria-labelledby="settings-accounts">
      <h2 id="settings-accounts">Registries you are signed in to</h2>
      {accounts.length === 0 ? (
        <p class="muted">None. Public images need no account.</p>
      ) : (
        <ul class="settings-list">
          {accounts.map((account) => (
            <AccountRow
              key={account.registry}
              account={account}
              relay={relay}
              setViaRelay={(allowed) =>
                attempt(credentials.setViaRelay(account.registry, allowed), 'change what the relay may carry')
              }
              remove={() => attempt(credentials.remove(account.registry), `sign out of ${account.registry}`)}
            />
          ))}
        </ul>
      )}
      {error !== undefined && <ErrorAlert error={error} />}
      <SignInElsewhere credentials={credentials} relay={relay} />
      {accounts.length > 0 && (
        <ForgetAll count={accounts.length} forget={() => attempt(credentials.wipe(), 'forget all accounts')} />
      )}
    </section>
  );
}

const KINDS: Readonly<Record<CredentialView['kind'], string>> = {
  password: 'password or token',
  'identity-token': 'identity token',
  'registry-token': 'registry token',
};

function AccountRow(props: {
  account: CredentialView;
  relay: string | undefined;
  setViaRelay: (allowed: boolean) => void;
  remove: () => void;
}) {
  const { account, relay } = props;
  return (
    <li>
      <div class="settings-row-text">
        <code>{account.registry}</code>
        <span>{account.user ?? KINDS[account.kind]}</span>
        <span class="muted">{account.kept ? 'kept on this device, encrypted' : 'for this session only'}</span>
        {(relay !== undefined || account.viaRelay) && (
          <label class="choice">
            <input
              type="checkbox"
              checked={account.viaRelay}
              onChange={(event) => props.setViaRelay(event.currentTarget.checked)}
            />
            <span>a relay may carry it</span>
          </label>
        )}
      </div>
      <button
        type="button"
        class="button button-small"
        aria-label={`Sign out of ${account.registry}`}
        onClick={props.remove}
      >
        Sign out
      </button>
    </li>
  );
}

/** First the registry, then the form that knows how one signs in there. */
function SignInElsewhere(props: { credentials: Credentials; relay: string | undefined }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const [registry, setRegistry] = useState<string | undefined>(undefined);

  function close() {
    setOpen(false);
    setName('');
    setRegistry(undefined);
  }

  function next(event: Event) {
    event.preventDefault();
    const checked = checkRegistryName(name);
    if ('wrong' in checked) setWrong(checked.wrong);
    else setRegistry(checked.value);
  }

  if (!open) {
    return (
      <div class="settings-buttons">
        <button type="button" class="button" onClick={() => setOpen(true)}>
          Sign in to a registry
        </button>
      </div>
    );
  }
  if (registry === undefined) {
    return (
      <form class="settings-form" onSubmit={next} noValidate aria-label="Sign in to a registry">
        <TextField
          label="Registry"
          value={name}
          placeholder="ghcr.io"
          wrong={wrong}
          focus
          onInput={(value) => {
            setName(value);
            setWrong(undefined);
          }}
        />
        <div class="settings-buttons">
          <button type="submit" class="button button-primary">
            Next
          </button>
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    );
  }
  return (
    <div class="settings-form">
      <h3>Sign in to {registry}</h3>
      <p class="muted">The account is tried when an image of this registry is opened next.</p>
      <SignInForm
        registry={registry}
        relay={props.relay}
        focus
        signIn={props.credentials.signIn}
        done={close}
        cancel={close}
      />
    </div>
  );
}
