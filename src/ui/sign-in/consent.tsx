/** Two questions that only a person can answer, each about one host: may it have this account? */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { asPulltabError, type PulltabError } from '../../core/errors.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import './sign-in.css';

interface Answers {
  readonly allow: () => Promise<void>;
  /** No: the account is forgotten, and the image asked for without it. */
  readonly signOut: () => void;
}

/** The registry sends people to a token service that is elsewhere. */
export function RealmConsent(props: { registry: string; host: string; answers: Answers }) {
  const { registry, host } = props;
  return (
    <Consent title={`Send the account to ${host}?`} allowName={`Trust ${host} for ${registry}`} answers={props.answers}>
      <p>
        The registry <code>{registry}</code> says that its tokens are given out by <code>{host}</code>. Your user name
        and password for <code>{registry}</code> would be sent to <code>{host}</code>.
      </p>
      <p class="muted">
        That is usual where an organization runs one sign-in for several registries, and it is also how a hostile
        registry would collect passwords. You are asked once for this pair of hosts.
      </p>
    </Consent>
  );
}

/** The registry can only be reached through the relay, which would see the account. */
export function RelayConsent(props: { registry: string; relay: string; answers: Answers }) {
  const { registry, relay } = props;
  return (
    <Consent
      title={`Let the relay ${relay} carry the account?`}
      allowName={`Allow the relay ${relay}`}
      answers={props.answers}
    >
      <p>
        <code>{registry}</code> does not let web pages read it, so requests go through the relay <code>{relay}</code>.
        To use your account, the relay would have to pass on your user name and password.
      </p>
      <p class="muted">
        Whoever runs the relay can read what it passes on. Allow it if it is yours or your organization’s. It can be
        forbidden again in the settings.
      </p>
    </Consent>
  );
}

function Consent(props: { title: string; allowName: string; answers: Answers; children: ComponentChildren }) {
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  return (
    <section class="sign-in" aria-labelledby="consent-title">
      <h2 id="consent-title">{props.title}</h2>
      {props.children}
      {error !== undefined && <ErrorAlert error={error} />}
      <div class="sign-in-buttons">
        <button
          type="button"
          class="button button-primary"
          onClick={() =>
            props.answers.allow().catch((failure: unknown) => setError(asPulltabError(failure, 'remember your answer')))
          }
        >
          {props.allowName}
        </button>
        <button type="button" class="button" onClick={props.answers.signOut}>
          Go on without the account
        </button>
      </div>
    </section>
  );
}
