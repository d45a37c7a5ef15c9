/** Which relay is used for registries that pages cannot read: the deployer's, the person's own, or none. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { checkRelayAddress } from '../../page/setting-checks.ts';
import type { UserSettings } from '../../page/user-settings.ts';
import { TextField } from './text-field.tsx';

type Choice = 'deployer' | 'own' | 'none';

export function RelaySection(props: { settings: UserSettings }) {
  const { deployer, own, change } = props.settings;
  const { relay } = own.value;
  const kept: Choice = relay === undefined ? 'deployer' : relay === null ? 'none' : 'own';
  const [choice, setChoice] = useState<Choice>(kept);
  const [address, setAddress] = useState(relay ?? '');
  const [wrong, setWrong] = useState<string | undefined>(undefined);

  function choose(next: Choice) {
    setChoice(next);
    setWrong(undefined);
    const { relay: _, ...rest } = own.value;
    if (next === 'deployer') void change(rest);
    if (next === 'none') void change({ ...rest, relay: null });
    if (next === 'own' && relay !== undefined && relay !== null) void change({ ...rest, relay });
  }

  function save(event: Event) {
    event.preventDefault();
    const checked = checkRelayAddress(address, location.href);
    setWrong('wrong' in checked ? checked.wrong : undefined);
    if ('wrong' in checked) return;
    setAddress(checked.value);
    void change({ ...own.value, relay: checked.value });
  }

  return (
    <section class="settings-section" aria-labelledby="settings-relay">
      <h2 id="settings-relay">Relay</h2>
      <p class="muted">
        Most registries do not let web pages read them. A relay passes their answers on, and learns which images you
        look at.
      </p>
      <div class="settings-choices" role="radiogroup" aria-labelledby="settings-relay">
        <RelayChoice value="deployer" current={choice} choose={choose}>
          This page’s own: {deployer.relay === null ? 'it has none' : <code>{deployer.relay}</code>}
        </RelayChoice>
        <RelayChoice value="own" current={choice} choose={choose}>
          Another one, which you trust
        </RelayChoice>
        <RelayChoice value="none" current={choice} choose={choose}>
          None: only registries that a page can read
        </RelayChoice>
      </div>
      {choice === 'own' && (
        <form class="settings-form" onSubmit={save} noValidate>
          <TextField
            label="Relay address"
            value={address}
            placeholder="https://relay.example"
            wrong={wrong}
            hint={kept === 'own' && address === relay ? 'In use.' : 'Not in use yet: save it.'}
            onInput={(value) => {
              setAddress(value);
              setWrong(undefined);
            }}
          />
          <div class="settings-buttons">
            <button type="submit" class="button button-primary">
              Save relay
            </button>
          </div>
        </form>
      )}
    </section>
  );
}

function RelayChoice(props: {
  value: Choice;
  current: Choice;
  choose: (choice: Choice) => void;
  children: ComponentChildren;
}) {
  return (
    <label class="choice">
      <input
        type="radio"
        name="relay"
        checked={props.value === props.current}
        onChange={() => props.choose(props.value)}
      />
      <span>{props.children}</span>
    </label>
  );
}
