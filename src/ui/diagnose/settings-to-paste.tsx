/** For whoever runs the registry: exact settings, with this page's origin in them. */
import type { Cause } from '../../page/diagnosis/causes.ts';
import { settingsFor } from '../../page/diagnosis/registry-settings.ts';
import { Pasted } from './next-tests.tsx';

export function SettingsToPaste(props: { cause: Cause; host: string; origin: string }) {
  return (
    <section class="diagnose-section">
      <h2>If you run this registry</h2>
      <ul class="diagnose-settings">
        {settingsFor(props.cause, props).map(({ software, file, text, note }) => (
          <li key={software}>
            <details>
              <summary>{software}</summary>
              <p class="muted">
                <code>{file}</code>
              </p>
              <Pasted text={text} name={`Copy the settings for ${software}`} />
              <p class="muted">{note}</p>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
