/** One failure: what was attempted, what was seen, what to do, and the buttons for the next step. */
import type { ComponentChildren } from 'preact';
import { HINTS } from '../../core/error-hints.ts';
import type { PulltabError } from '../../core/errors.ts';
import { Icon } from '../icon/icon.tsx';
import './error-alert.css';

export function ErrorAlert(props: { error: PulltabError; id?: string; children?: ComponentChildren }) {
  const { error } = props;
  return (
    <div class="error-alert" role="alert" data-code={error.code} id={props.id}>
      <Icon name="alert" />
      <div class="error-body">
        <p>
          <strong>Could not {error.attempted}:</strong> <span class="error-seen">{error.seen}</span>
        </p>
        <p class="muted">{HINTS[error.code]}</p>
        {props.children !== undefined && <div class="error-actions">{props.children}</div>}
      </div>
      <code class="error-code">{error.code}</code>
    </div>
  );
}
