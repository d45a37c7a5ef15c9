/** User name, password, and where the two may be: on this device, with a relay. Sent to nobody before they are used. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asPulltabError, type PulltabError } from '../../core/errors.ts';
import type { Credentials } from '../../page/credentials.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { TextField } from '../settings/text-field.tsx';
import { SignInAdvice } from './sign-in-advice.tsx';
import { usualUser } from './special-users.ts';
import './sign-in.css';

export interface SignInFormProps {
  /** As references spell it. */
  readonly registry: string;
  /** What the account is filed under, where that is more than the registry: "gcr.io/team". */
  readonly filedUnder?: string;
  /** The relay that may be asked to carry the account; undefined where none is in question. */
  readonly relay: string | undefined;
  /** What was typed before, or is there already. */
  readonly before?: { readonly user: string; readonly keep: boolean; readonly viaRelay: boolean } | undefined;
  /** Puts the focus where there is something to type. */
  readonly focus?: boolean;
  readonly signIn: Credentials['signIn'];
  /** It is signed in, although perhaps only until the page is closed. */
  readonly done: () => void;
  readonly cancel?: () => void;
}

export function SignInForm(props: SignInFormProps) {
  const { registry, relay, before } = props;
  const [user, setUser] = useState(before?.user ?? usualUser(registry));
  const [password, setPassword] = useState('');
  const [keep, setKeep] = useState(before?.keep ?? false);
  const [viaRelay, setViaRelay] = useState(before?.viaRelay ?? false);
  const [wrong, setWrong] = useState<{ user?: string; password?: string }>({});
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);

  function focusFirstEmpty() {
    const inputs = [...(form.current?.querySelectorAll<HTMLInputElement>('.text-field input') ?? [])];
    inputs.find(({ value }) => value === '')?.focus();
  }

  useEffect(() => {
    if (props.focus === true) focusFirstEmpty();
  }, [props.focus]);

  async function submit(event: Event) {
    event.preventDefault();
    setError(undefined);
    if (user.trim() === '' || password === '') {
      setWrong({
        ...(user.trim() === '' ? { user: 'Type the user name.' } : {}),
        ...(password === '' ? { password: 'Type the password or token.' } : {}),
      });
      focusFirstEmpty();
      return;
    }
    try {
      await props.signIn(props.filedUnder ?? registry, { username: user, password }, { keep, viaRelay });
      props.done();
    } catch (failure) {
      setError(asPulltabError(failure, `sign in to ${registry}`));
    }
  }

  return (
    <form ref={form} class="sign-in-form" aria-label={`Sign in to ${registry}`} onSubmit={submit} noValidate>
      <SignInAdvice registry={registry} useName={setUser} />
      <TextField
        label="User name"
        name="username"
        autocomplete="username"
        value={user}
        wrong={wrong.user}
        onInput={(value) => {
          setUser(value);
          setWrong({});
        }}
      />
      <TextField
        label="Password or token"
        name="password"
        autocomplete="current-password"
        secret
        value={password}
        wrong={wrong.password}
        onInput={(value) => {
          setPassword(value);
          setWrong({});
        }}
      />
      <WhereItMayBe {...{ keep, setKeep, viaRelay, setViaRelay, relay }} />
      {error !== undefined && (
        <ErrorAlert error={error}>
          {error.code === 'storage-refused' && (
            <button type="button" class="button" onClick={props.done}>
              Go on without keeping it
            </button>
          )}
        </ErrorAlert>
      )}
      <div class="sign-in-buttons">
        <button type="submit" class="button button-primary">
          Sign in
        </button>
        {props.cancel !== undefined && (
          <button type="button" class="button" onClick={props.cancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

/** The two questions about an account that is typed or imported. */
export function WhereItMayBe(props: {
  keep: boolean;
  setKeep: (keep: boolean) => void;
  viaRelay: boolean;
  setViaRelay: (viaRelay: boolean) => void;
  relay: string | undefined;
}) {
  return (
    <>
      <label class="choice">
        <input type="checkbox" checked={props.keep} onChange={(event) => props.setKeep(event.currentTarget.checked)} />
        <span>
          Keep on this device (encrypted)
          <br />
          <span class="muted">Otherwise it is forgotten when this page is closed or reloaded.</span>
        </span>
      </label>
      {props.relay !== undefined && (
        <label class="choice">
          <input
            type="checkbox"
            checked={props.viaRelay}
            onChange={(event) => props.setViaRelay(event.currentTarget.checked)}
          />
          <span>
            The relay {props.relay} may carry it
            <br />
            <span class="muted">
              It is needed where the registry does not let web pages read it. Whoever runs the relay can then read the
              password.
            </span>
          </span>
        </label>
      )}
    </>
  );
}
