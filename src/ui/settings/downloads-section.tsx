/** How hard downloads pull: layers at once, and a limit on their speed. */
import { useState } from 'preact/hooks';
import { checkBandwidth } from '../../page/setting-checks.ts';
import { DEFAULT_PARALLEL, type UserSettings } from '../../page/user-settings.ts';
import { TextField } from './text-field.tsx';

const PARALLEL_CHOICES = [1, 2, 3, 4, 5, 6, 7, 8];
const BYTES_PER_MB = 1_000_000;

export function DownloadsSection(props: { settings: UserSettings }) {
  const { own, change } = props.settings;
  const { parallel, bytesPerSecond, ...rest } = own.value;
  const [text, setText] = useState(bytesPerSecond === undefined ? '' : String(bytesPerSecond / BYTES_PER_MB));
  const [wrong, setWrong] = useState<string | undefined>(undefined);

  function save(event: Event) {
    event.preventDefault();
    const checked = checkBandwidth(text);
    if ('wrong' in checked) return setWrong(checked.wrong);
    const limit = checked.value === undefined ? {} : { bytesPerSecond: checked.value };
    void change({ ...rest, ...(parallel === undefined ? {} : { parallel }), ...limit });
  }

  return (
    <section class="settings-section" aria-labelledby="settings-downloads">
      <h2 id="settings-downloads">Downloads</h2>
      <p class="muted">
        What is kept of them, and how much may be: <a href="#/cache">the layer cache</a>.
      </p>
      <form class="settings-form" onSubmit={save} noValidate aria-label="Downloads">
        <label class="text-field">
          <span class="field-label">Layers at once, at most</span>
          <select
            class="select"
            value={String(parallel ?? DEFAULT_PARALLEL)}
            onChange={(event) => void change({ ...own.value, parallel: Number(event.currentTarget.value) })}
          >
            {PARALLEL_CHOICES.map((count) => (
              <option key={count} value={String(count)}>
                {count === DEFAULT_PARALLEL ? `${count} (usual)` : count}
              </option>
            ))}
          </select>
        </label>
        <TextField
          label="Speed limit in MB/s (optional)"
          value={text}
          placeholder="no limit"
          hint="For all downloads of this window together. It holds at once, for running ones as well."
          wrong={wrong}
          onInput={(next) => {
            setText(next);
            setWrong(undefined);
          }}
        />
        <div class="settings-buttons">
          <button type="submit" class="button">
            Save limit
          </button>
        </div>
      </form>
    </section>
  );
}
