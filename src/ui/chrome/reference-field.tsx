/** The app's command line: the field for a reference, in the header or large on the home page. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PulltabError } from '../../core/errors.ts';
import { LazyErrorAlert } from '../error/lazy-error-alert.tsx';
import './reference-field.css';

export const REFERENCE_FIELD_ID = 'image-reference';
const ERROR_ID = 'image-reference-error';

export function ReferenceField(props: {
  size: 'bar' | 'large';
  /** What the address says; typing is kept until that changes. */
  text: string;
  inspect: (text: string) => Promise<PulltabError | undefined>;
}) {
  const [text, setText] = useState(props.text);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    setText(props.text);
    setError(undefined);
  }, [props.text]);

  useEffect(() => {
    // On a touch screen this would only raise the keyboard over the page.
    if (props.size === 'large' && matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, [props.size]);

  async function submit(event: Event) {
    event.preventDefault();
    const refusal = await props.inspect(text);
    setError(refusal);
    if (refusal === undefined) field.current?.blur();
  }

  function leave(event: KeyboardEvent) {
    if (event.key !== 'Escape') return;
    setError(undefined);
    field.current?.blur();
  }

  return (
    <form class={`reference-field reference-field-${props.size}`} onSubmit={submit}>
      <span class="reference-input">
        <input
          ref={field}
          id={REFERENCE_FIELD_ID}
          type="text"
          name="reference"
          aria-label="Image reference"
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : ERROR_ID}
          placeholder="nginx, ghcr.io/org/app:1.2, app@sha256:…"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="go"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setError(undefined);
          }}
          onKeyDown={leave}
        />
        <kbd class="reference-key">/</kbd>
      </span>
      <button type="submit" class={props.size === 'large' ? 'button button-primary' : 'button'}>
        Inspect
      </button>
      {error !== undefined && (
        <div class="reference-error">
          <LazyErrorAlert error={error} id={ERROR_ID} />
        </div>
      )}
    </form>
  );
}
