/** Accounts from a Docker `config.json` or a Kubernetes secret, read in the page: what came of each is said by name. */
import { useId, useState } from 'preact/hooks';
import { asPulltabError, PulltabError } from '../../core/errors.ts';
import type { Credentials, ImportReport } from '../../page/credentials.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { WhereItMayBe } from '../sign-in/sign-in-form.tsx';

/** Files with many registries stay far below (bytes). */
const LIMIT_BYTES = 1024 * 1024;

export function ImportSection(props: { credentials: Credentials; relay: string | undefined }) {
  const [text, setText] = useState('');
  const [keep, setKeep] = useState(false);
  const [viaRelay, setViaRelay] = useState(false);
  const [report, setReport] = useState<ImportReport | undefined>(undefined);
  const [error, setError] = useState<PulltabError | undefined>(undefined);
  const [dragging, setDragging] = useState(false);
  const id = useId();

  function show(next: string) {
    setText(next);
    setReport(undefined);
    setError(undefined);
  }

  async function read(file: File | undefined) {
    if (file === undefined) return;
    const attempted = `read ${file.name}`;
    try {
      if (file.size > LIMIT_BYTES)
        throw new PulltabError('credentials-invalid', { attempted, seen: 'it is over 1 MB' });
      show(await file.text());
    } catch (failure) {
      setError(asPulltabError(failure, attempted));
    }
  }

  async function submit(event: Event) {
    event.preventDefault();
    try {
      const answer = await props.credentials.importText(text, { keep, viaRelay });
      // What was pasted holds passwords: it does not stay on the screen.
      show('');
      setReport(answer);
    } catch (failure) {
      setError(asPulltabError(failure, 'read the credentials'));
    }
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setDragging(false);
    void read(event.dataTransfer?.files[0]);
  }

  return (
    <section class="settings-section" aria-labelledby="settings-import">
      <h2 id="settings-import">Import accounts</h2>
      <p class="muted">
        From <code>~/.docker/config.json</code>, or a Kubernetes image pull secret as YAML or JSON. It is read in this
        page and sent nowhere.
      </p>
      <form class="settings-form" onSubmit={submit} noValidate aria-labelledby="settings-import">
        <div class="text-field">
          <label for={id}>Config or secret</label>
          <textarea
            id={id}
            class={`text-area ${dragging ? 'text-area-drop' : ''}`}
            rows={6}
            placeholder="Paste it here, or drop the file"
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={(event) => show(event.currentTarget.value)}
            onDragOver={(event) => {
              event.preventDefault();
              setDragging(true);
            }}
            onDragLeave={() => setDragging(false)}
            onDrop={drop}
          />
        </div>
        <label class="file-choice">
          <span class="muted">or choose the file</span>
          <input
            type="file"
            accept=".json,.yaml,.yml,.dockercfg,application/json"
            onChange={(event) => void read(event.currentTarget.files?.[0])}
          />
        </label>
        <WhereItMayBe {...{ keep, setKeep, viaRelay, setViaRelay }} relay={props.relay} />
        {error !== undefined && <ErrorAlert error={error} />}
        <div class="settings-buttons">
          <button type="submit" class="button button-primary" disabled={text.trim() === ''}>
            Import
          </button>
        </div>
        <output>{report !== undefined && <Report report={report} />}</output>
      </form>
    </section>
  );
}

function Report(props: { report: ImportReport }) {
  const { added, unusable } = props.report;
  return (
    <div class="import-report">
      {added.length === 0 ? <p>Nothing was added.</p> : <Names title="Added" names={added} />}
      {unusable.length > 0 && (
        <>
          <p>Cannot be used here:</p>
          <ul>
            {unusable.map(({ registry, why }) => (
              <li key={registry}>
                <code>{registry}</code>: {why}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Names(props: { title: string; names: readonly string[] }) {
  return (
    <p>
      {props.title}:{' '}
      {props.names.map((name, at) => (
        <span key={name}>
          {at > 0 && ', '}
          <code>{name}</code>
        </span>
      ))}
    </p>
  );
}
