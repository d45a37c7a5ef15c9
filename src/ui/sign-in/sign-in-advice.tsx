/** How one signs in to a registry whose user names and passwords are not what the words say. */
import { CopyButton } from '../copy/copy-button.tsx';
import { type SignInWay, signInAdvice } from './special-users.ts';

export function SignInAdvice(props: { registry: string; useName: (user: string) => void }) {
  const advice = signInAdvice(props.registry);
  if (advice === undefined) return null;
  return (
    <section class="sign-in-advice" aria-label={`How to sign in to ${advice.service}`}>
      <p class="muted">{advice.service} takes:</p>
      <ul>
        {advice.ways.map((way) => (
          <li key={way.name}>
            <Way way={way} useName={props.useName} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Way(props: { way: SignInWay; useName: (user: string) => void }) {
  const { name, user, userWords, password, command } = props.way;
  return (
    <>
      <strong>{name}</strong>
      <span>
        {user === undefined ? (
          `User name: ${userWords}.`
        ) : (
          <>
            User name: <code>{user}</code>{' '}
            <button
              type="button"
              class="button button-small"
              aria-label={`Use ${user}`}
              onClick={() => props.useName(user)}
            >
              Use this name
            </button>
          </>
        )}
      </span>
      <span>Password: {password}.</span>
      {command !== undefined && (
        <span class="sign-in-command">
          <code>{command}</code>
          <CopyButton name="Copy command" text={command} />
        </span>
      )}
    </>
  );
}
