/** The other way: a `config.json` or a Kubernetes Secret of chosen accounts, made in the page. */
import { useState } from 'preact/hooks';
import { asPulltabError, type PulltabError } from '../../core/errors.ts';
import type { Credentials } from '../../page/credentials.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { saveText } from './save-text.ts';

const FORMATS = {
  docker: { words: 'Docker config.json', fileName: 'config.json', type: 'application/json' },
  kubernetes: { words: 'Kubernetes Secret', fileName: 'registry-secret.yaml', type: 'application/yaml' },
} as const;

type Format = keyof typeof FORMATS;

export function ExportSection(props: { credentials: Credentials }) {
  const registries = props.credentials.list.value.map(({ registry }) => registry);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [format, setFormat] = useState<Format>('docker');
  const [said, setSaid] = useState('');
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const chosen = registries.filter((registry) => !left.has(registry));

  async function make(use: (text: string) => Promise<string>) {
    setSaid('');
    setError(undefined);
    try {
      setSaid(await use(await props.credentials.exportText(format, chosen)));
    } catch (failure) {
      setError(asPulltabError(failure, `make the ${FORMATS[format].words}`));
    }
  }

  function toggle(registry: string, isIn: boolean) {
    const next = new Set(left);
    if (isIn) next.delete(registry);
    else next.add(registry);
    setLeft(next);
  }

  // The copying of digests and commands shows what was copied; passwords are shown nowhere.
  async function copy(text: string): Promise<string> {
    await navigator.clipboard.writeText(text);
    return 'Copied. It holds the passwords as they are.';
  }

  async function save(text: string): Promise<string> {
    saveText(text, FORMATS[format]);
    return `Saved as ${FORMATS[format].fileName}. It holds the passwords as they are.`;
  }

  return (
    <section class="settings-section" aria-labelledby="settings-export">
      <h2 id="settings-export">Export accounts</h2>
      <p class="muted">The file is made in this page. Whoever has it can read the passwords in it.</p>
      <fieldset class="settings-form" aria-labelledby="settings-export">
        <div class="settings-choices">
          {registries.map((registry) => (
            <label key={registry} class="choice">
              <input
                type="checkbox"
                checked={!left.has(registry)}
                onChange={(event) => toggle(registry, event.currentTarget.checked)}
              />
              <code>{registry}</code>
            </label>
          ))}
        </div>
        <label class="text-field">
          <span class="field-label">Export as</span>
          <select
            class="select"
            value={format}
            onChange={(event) => setFormat(event.currentTarget.value === 'kubernetes' ? 'kubernetes' : 'docker')}
          >
            {Object.entries(FORMATS).map(([value, { words }]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {error !== undefined && <ErrorAlert error={error} />}
        <div class="settings-buttons">
          <button
            type="button"
            class="button"
            disabled={chosen.length === 0}
            aria-label="Copy accounts"
            onClick={() => make(copy)}
          >
            Copy
          </button>
          <button
            type="button"
            class="button"
            disabled={chosen.length === 0}
            aria-label="Save accounts"
            onClick={() => make(save)}
          >
            Save
          </button>
        </div>
        <output>{said}</output>
      </fieldset>
    </section>
  );
}
