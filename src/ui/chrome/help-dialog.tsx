/** The keys, in a native dialog: Esc leaves it. */
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../icon/icon.tsx';
import './help-dialog.css';

const KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['/'], does: 'Go to the field' },
  { keys: ['c'], does: 'Copy what is focused: a digest, a command' },
  { keys: ['←', '→'], does: 'Walk the views' },
  { keys: ['g', 'o'], does: 'Overview' },
  { keys: ['g', 'm'], does: 'Manifest' },
  { keys: ['g', 'c'], does: 'Config' },
  { keys: ['g', 'l'], does: 'Layers' },
  { keys: ['g', 'f'], does: 'Files' },
  { keys: ['g', 't'], does: 'Tags' },
  { keys: ['g', 'a'], does: 'Activity' },
  { keys: ['g', 'b'], does: 'Bundle' },
  { keys: ['g', 'h'], does: 'Home' },
  { keys: ['g', 's'], does: 'Settings' },
  { keys: ['Esc'], does: 'Leave the field or this dialog' },
  { keys: ['?'], does: 'Show these keys' },
];

export function HelpDialog(props: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  return (
    <dialog ref={dialog} class="help-dialog" aria-labelledby="help-title" onClose={props.close}>
      <div class="help-head">
        <h2 id="help-title">Keyboard</h2>
        <button
          type="button"
          class="button button-quiet button-small button-icon"
          aria-label="Close"
          onClick={props.close}
        >
          <Icon name="close" />
        </button>
      </div>
      <dl>
        {KEYS.map((row) => (
          <div key={row.does}>
            <dt>
              {row.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{row.does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
