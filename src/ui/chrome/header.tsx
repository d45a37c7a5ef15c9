/** The one line that is always there: the name, the field (except at home, where the page is the field), the keys. */
import type { PulltabError } from '../../core/errors.ts';
import { hasNewFailure } from '../../page/activity.ts';
import { Icon } from '../icon/icon.tsx';
import { ReferenceField } from './reference-field.tsx';
import { Wordmark } from './wordmark.tsx';
import './header.css';

export function Header(props: {
  /** Undefined where the page has the field itself. */
  text: string | undefined;
  inspect: (text: string) => Promise<PulltabError | undefined>;
  showHelp: () => void;
}) {
  const failed = hasNewFailure.value;
  return (
    <header class="header">
      <Wordmark />
      {props.text === undefined ? <span /> : <ReferenceField size="bar" text={props.text} inspect={props.inspect} />}
      <nav class="header-links">
        <a
          class={`button button-quiet${failed ? ' header-failed' : ''}`}
          href="#/activity"
          aria-label={failed ? 'Activity: a request failed' : 'Activity'}
          title="Activity (g a)"
        >
          <Icon name="pulse" />
        </a>
        <a class="button button-quiet" href="#/settings" aria-label="Settings" title="Settings (g s)">
          <Icon name="gear" />
        </a>
        <button
          type="button"
          class="button button-quiet header-help"
          aria-label="Keyboard help"
          title="Keyboard help (?)"
          onClick={props.showHelp}
        >
          <kbd>?</kbd>
        </button>
      </nav>
    </header>
  );
}
