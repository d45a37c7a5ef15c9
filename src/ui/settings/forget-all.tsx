/** One button that forgets every account, and one more press so that it is meant. */
import { useEffect, useRef, useState } from 'preact/hooks';

export function ForgetAll(props: { count: number; forget: () => void }) {
  const [asked, setAsked] = useState(false);
  const sure = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (asked) sure.current?.focus();
  }, [asked]);

  if (!asked) {
    return (
      <div class="settings-buttons">
        <button type="button" class="button" onClick={() => setAsked(true)}>
          Forget all accounts
        </button>
      </div>
    );
  }
  const accounts = props.count === 1 ? 'the account' : `all ${props.count} accounts`;
  return (
    <fieldset class="settings-form settings-ask">
      <legend class="unseen">Forget all accounts</legend>
      <p>
        Forget {accounts}? Passwords and tokens, and the key that the kept ones are encrypted with, are deleted from
        this browser. This cannot be undone.
      </p>
      <div class="settings-buttons">
        <button ref={sure} type="button" class="button button-primary" onClick={props.forget}>
          Yes, forget them
        </button>
        <button type="button" class="button" onClick={() => setAsked(false)}>
          Keep them
        </button>
      </div>
    </fieldset>
  );
}
