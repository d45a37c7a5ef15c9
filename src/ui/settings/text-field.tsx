/** A field with its label above, and what is wrong with its text below. */
import { useEffect, useId, useRef } from 'preact/hooks';
import './text-field.css';

export function TextField(props: {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** What is wrong with the value. */
  wrong?: string | undefined;
  hint?: string | undefined;
  /** Typed unseen: a password or a token. */
  secret?: boolean;
  name?: string;
  placeholder?: string;
  autocomplete?: 'off' | 'username' | 'current-password';
  /** Puts the focus here when it appears. */
  focus?: boolean;
}) {
  const { wrong, hint } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.focus === true) input.current?.focus();
  }, [props.focus]);
  const note = wrong ?? hint;
  return (
    <div class="text-field">
      <label for={id}>{props.label}</label>
      <input
        ref={input}
        id={id}
        {...(props.secret === true ? { type: 'password' } : { type: 'text' })}
        name={props.name}
        value={props.value}
        placeholder={props.placeholder}
        autocomplete={props.autocomplete ?? 'off'}
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={wrong !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {note !== undefined && (
        <p id={`${id}-note`} class={wrong === undefined ? 'muted' : 'field-wrong'}>
          {note}
        </p>
      )}
    </div>
  );
}
