/** How hard downloads pull: layers at once, and a limit on their speed. */
import { BANDWIDTH } from '../../page/setting-checks.ts';
import { DEFAULT_PARALLEL, type UserSettings } from '../../page/user-settings.ts';
import { AmountField } from './amount-field.tsx';

const PARALLEL_CHOICES = [1, 2, 3, 4, 5, 6, 7, 8];

export function DownloadsSection(props: { settings: UserSettings }) {
  const { own, change } = props.settings;
  const { bytesPerSecond, ...rest } = own.value;
  return (
    <section class="settings-section" aria-labelledby="settings-downloads">
      <h2 id="settings-downloads">Downloads</h2>
      <p class="muted">
        What is kept of them, and how much may be: <a href="#/cache">the layer cache</a>.
      </p>
      <label class="text-field">
        <span class="field-label">Layers at once, at most</span>
        <select
          class="select"
          value={String(own.value.parallel ?? DEFAULT_PARALLEL)}
          onChange={(event) => void change({ ...own.value, parallel: Number(event.currentTarget.value) })}
        >
          {PARALLEL_CHOICES.map((count) => (
            <option key={count} value={String(count)}>
              {count === DEFAULT_PARALLEL ? `${count} (usual)` : count}
            </option>
          ))}
        </select>
      </label>
      <AmountField
        amount={BANDWIDTH}
        label="Speed limit in MB/s (optional)"
        placeholder="no limit"
        hint="For all downloads of this window together. It holds at once, for running ones as well."
        button="Save limit"
        value={bytesPerSecond}
        save={(value) => void change(value === undefined ? rest : { ...rest, bytesPerSecond: value })}
      />
    </section>
  );
}
