/** The way to each registry where it is not the usual one, and its mirror: set here, or by whoever hosts the page. */
import { useState } from 'preact/hooks';
import { checkMirrorAddress, checkRegistryName } from '../../page/setting-checks.ts';
import type { RegistrySettings, TransportChoice, UserSettings } from '../../page/user-settings.ts';
import { TextField } from './text-field.tsx';

const TRANSPORTS: Readonly<Record<TransportChoice, string>> = {
  auto: 'direct, then the relay',
  direct: 'direct only',
  relay: 'the relay only',
};

export function RegistriesSection(props: { settings: UserSettings }) {
  const { deployer, own, merged, change } = props.settings;
  const [draft, setDraft] = useState<Draft | undefined>(undefined);
  const names = Object.keys(merged.value.registries).sort();

  function save(registry: string, set: RegistrySettings) {
    void change({ ...own.value, registries: { ...own.value.registries, [registry]: set } });
    setDraft(undefined);
  }

  function remove(registry: string) {
    const { [registry]: _, ...registries } = own.value.registries;
    void change({ ...own.value, registries });
  }

  return (
    <section class="settings-section" aria-labelledby="settings-transport">
      <h2 id="settings-transport">Transport and mirrors</h2>
      <p class="muted">
        Left alone, a registry that pages are known not to read is asked through the relay, any other one directly
        first.
      </p>
      {names.length > 0 && (
        <ul class="settings-list">
          {names.map((registry) => {
            const { transport, mirror } = merged.value.registries[registry] ?? {};
            const isOwn = Object.hasOwn(own.value.registries, registry);
            const isDeployers = Object.hasOwn(deployer.registries, registry);
            return (
              <li key={registry}>
                <div class="settings-row-text">
                  <code>{registry}</code>
                  <span>
                    {TRANSPORTS[transport ?? 'auto']}
                    {mirror !== undefined && (
                      <>
                        , mirror <code>{mirror}</code>
                      </>
                    )}
                  </span>
                  <span class="muted">
                    {isOwn
                      ? `set by you${isDeployers ? ', over this page’s own' : ''}`
                      : 'set by whoever hosts this page'}
                  </span>
                </div>
                <div class="settings-buttons">
                  <button
                    type="button"
                    class="button button-small"
                    aria-label={`Change ${registry}`}
                    onClick={() => setDraft({ registry, transport: transport ?? 'auto', mirror: mirror ?? '' })}
                  >
                    Change
                  </button>
                  {isOwn && (
                    <button
                      type="button"
                      class="button button-small"
                      aria-label={`Remove what you set for ${registry}`}
                      onClick={() => remove(registry)}
                    >
                      Remove
                    </button>
                  )}
                </div>
              </li>
            );
          })}
        </ul>
      )}
      {draft === undefined ? (
        <div class="settings-buttons">
          <button
            type="button"
            class="button"
            onClick={() => setDraft({ registry: '', transport: 'auto', mirror: '' })}
          >
            Set a registry’s transport
          </button>
        </div>
      ) : (
        <RegistryForm
          key={draft.registry}
          draft={draft}
          hasMirror={(registry) => deployer.registries[registry]?.mirror !== undefined}
          save={save}
          cancel={() => setDraft(undefined)}
        />
      )}
    </section>
  );
}

interface Draft {
  readonly registry: string;
  readonly transport: TransportChoice;
  readonly mirror: string;
}

function RegistryForm(props: {
  draft: Draft;
  /** Whether there is a mirror where the person sets none. */
  hasMirror: (registry: string) => boolean;
  save: (registry: string, set: RegistrySettings) => void;
  cancel: () => void;
}) {
  const [draft, setDraft] = useState(props.draft);
  const [wrong, setWrong] = useState<{ registry?: string; mirror?: string }>({});

  function change(changes: Partial<Draft>) {
    setDraft({ ...draft, ...changes });
    setWrong({});
  }

  function submit(event: Event) {
    event.preventDefault();
    const registry = checkRegistryName(draft.registry);
    const mirror = draft.mirror.trim() === '' ? undefined : checkMirrorAddress(draft.mirror, location.href);
    if ('wrong' in registry) return setWrong({ registry: registry.wrong });
    const { transport } = draft;
    if (mirror !== undefined && 'wrong' in mirror) return setWrong({ mirror: mirror.wrong });
    if (mirror !== undefined) return props.save(registry.value, { transport, mirror: mirror.value });
    props.save(registry.value, props.hasMirror(registry.value) ? { transport, mirror: null } : { transport });
  }

  return (
    <form class="settings-form" onSubmit={submit} noValidate aria-label="Transport of a registry">
      <TextField
        label="Registry"
        value={draft.registry}
        placeholder="registry.example:5000"
        wrong={wrong.registry}
        onInput={(registry) => change({ registry })}
      />
      <label class="text-field">
        <span class="field-label">Transport</span>
        <select
          class="select"
          value={draft.transport}
          onChange={(event) => change({ transport: transportOf(event.currentTarget.value) })}
        >
          {Object.entries(TRANSPORTS).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <TextField
        label="Mirror (optional)"
        value={draft.mirror}
        placeholder="https://mirror.example"
        hint="Asked in the registry’s place: a pull-through cache, or a proxy project."
        wrong={wrong.mirror}
        onInput={(mirror) => change({ mirror })}
      />
      <div class="settings-buttons">
        <button type="submit" class="button button-primary">
          Save transport
        </button>
        <button type="button" class="button" onClick={props.cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function transportOf(value: string): TransportChoice {
  return value === 'direct' || value === 'relay' ? value : 'auto';
}
