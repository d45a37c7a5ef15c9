/** How much the cache may hold. */
import { useEffect, useState } from 'preact/hooks';
import { checkBudget } from '../../page/setting-checks.ts';
import type { UserSettings } from '../../page/user-settings.ts';
import { TextField } from '../settings/text-field.tsx';

const BYTES_PER_GB = 1_000_000_000;

export function BudgetField(props: {
  userSettings: Promise<UserSettings>;
  trim: (limitBytes: number) => Promise<void>;
}) {
  const [settings, setSettings] = useState<UserSettings | undefined>(undefined);
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  useEffect(() => {
    void props.userSettings.then((opened) => {
      const { cacheBytes } = opened.own.value;
      setSettings(opened);
      setText(cacheBytes === undefined ? '' : String(cacheBytes / BYTES_PER_GB));
    });
  }, [props.userSettings]);

  async function save(event: Event) {
    event.preventDefault();
    const checked = checkBudget(text);
    if ('wrong' in checked) return setWrong(checked.wrong);
    if (settings === undefined) return;
    const { cacheBytes: _, ...rest } = settings.own.value;
    await settings.change(checked.value === undefined ? rest : { ...rest, cacheBytes: checked.value });
    if (checked.value !== undefined) await props.trim(checked.value);
  }

  // Before it is known, what somebody typed would be overwritten.
  if (settings === undefined) return null;
  return (
    <form
      class="settings-form cache-budget"
      onSubmit={(event) => void save(event)}
      noValidate
      aria-label="Size of the cache"
    >
      <TextField
        label="Keep at most, in GB (optional)"
        value={text}
        placeholder="as much as the browser gives"
        hint="What was used least recently goes first. An image that is larger passes through without being kept."
        wrong={wrong}
        onInput={(next) => {
          setText(next);
          setWrong(undefined);
        }}
      />
      <div class="settings-buttons">
        <button type="submit" class="button">
          Save size
        </button>
      </div>
    </form>
  );
}
