/** Which platforms of an index are in the bundle: one at least. */
import { useEffect, useState } from 'preact/hooks';
import type { Digest } from '../../core/digest.ts';
import type { BundleEntryView } from '../../page/bundle/model.ts';

export interface EntryPlatformsProps {
  readonly entry: BundleEntryView;
  readonly choose: (digest: Digest, chosen: boolean) => void;
}

export function EntryPlatforms({ entry, choose }: EntryPlatformsProps) {
  const { choices, chosen, title } = entry;
  // Until the longer list is the page's own: a box shows at once what was done to it.
  const [changed, setChanged] = useState<Digest | undefined>(undefined);
  useEffect(() => setChanged(undefined), [entry]);
  const isMissing = entry.errors.some(({ code }) => code === 'platform-missing' || code === 'platform-invalid');
  // What is open stays so: it does not fold away under a hand that has just mended it.
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (isMissing) setOpen(true);
  }, [isMissing]);
  return (
    <details class="bundle-platforms" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Platforms{' '}
        <span class="muted">
          {chosen.size} of {choices.length}
        </span>
      </summary>
      <fieldset aria-label={`Platforms of ${title}`}>
        {choices.map(({ digest, label }) => (
          <label key={digest} class="choice">
            <input
              type="checkbox"
              checked={chosen.has(digest) !== (changed === digest)}
              disabled={chosen.size === 1 && chosen.has(digest)}
              onChange={() => {
                setChanged(digest);
                choose(digest, !chosen.has(digest));
              }}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
