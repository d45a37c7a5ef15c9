/** How much the cache may hold. */
import { useEffect, useState } from 'preact/hooks';
import { CACHE_SIZE } from '../../page/setting-checks.ts';
import type { UserSettings } from '../../page/user-settings.ts';
import { AmountField } from '../settings/amount-field.tsx';

export function BudgetField(props: {
  userSettings: Promise<UserSettings>;
  trim: (limitBytes: number) => Promise<void>;
}) {
  const [settings, setSettings] = useState<UserSettings | undefined>(undefined);
  useEffect(() => void props.userSettings.then(setSettings), [props.userSettings]);
  // Before it is known, what somebody typed would be overwritten.
  if (settings === undefined) return null;
  const { cacheBytes, ...rest } = settings.own.value;

  async function save(value: number | undefined) {
    await settings?.change(value === undefined ? rest : { ...rest, cacheBytes: value });
    if (value !== undefined) await props.trim(value);
  }

  return (
    <div class="cache-budget">
      <AmountField
        amount={CACHE_SIZE}
        label="Keep at most, in GB (optional)"
        placeholder="as much as the browser gives"
        hint="What was used least recently goes first. An image that is larger passes through without being kept."
        button="Save size"
        value={cacheBytes}
        save={(value) => void save(value)}
      />
    </div>
  );
}
