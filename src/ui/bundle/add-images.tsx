/** The field that adds to the bundle: one reference, or what people have in their clipboard. */
import { useState } from 'preact/hooks';
import type { PulltabError } from '../../core/errors.ts';
import type { Bundle } from '../../page/bundle/model.ts';
import { REFERENCE_FIELD_ID } from '../chrome/reference-field.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';

const HINT_ID = 'bundle-add-hint';
const ERROR_ID = 'bundle-add-error';
const MOST_ROWS = 10;

export function AddImages({ add }: { add: Bundle['add'] }) {
  const [text, setText] = useState('');
  const [error, setError] = useState<PulltabError | undefined>(undefined);

  function submit(event: Event) {
    event.preventDefault();
    const added = add(text);
    setText(added.wrong);
    setError(added.error);
  }

  return (
    <form class="bundle-add" onSubmit={submit}>
      <textarea
        id={REFERENCE_FIELD_ID}
        class="text-area"
        aria-label="Image reference"
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? HINT_ID : ERROR_ID}
        placeholder="nginx, ghcr.io/org/app:1.2, app@sha256:…"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        rows={Math.min(MOST_ROWS, text.split('\n').length)}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setError(undefined);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <button type="submit" class="button button-primary">
        Add
      </button>
      <p class="muted" id={HINT_ID}>
        One image or one on each line: references, docker pull commands, a Compose file, a Dockerfile.
      </p>
      {error !== undefined && <ErrorAlert error={error} id={ERROR_ID} />}
    </form>
  );
}
