/** The search by name: text, glob or regular expression, listed while one types; or the switch to searching in files. */
import { useEffect, useState } from 'preact/hooks';
import type { NameSearch } from '../../protocol/inspector.ts';
import type { FilesModel } from './files-model.ts';

const KINDS = [
  { kind: 'name', label: 'Name', placeholder: 'Part of a name or path' },
  { kind: 'glob', label: 'Glob', placeholder: '**/*.conf' },
  { kind: 'regex', label: 'Regex', placeholder: '\\.(pem|key)$' },
] as const satisfies readonly { kind: NameSearch['kind']; label: string; placeholder: string }[];

/** Typing on within this asks once. */
const PAUSE_MS = 60;

export function NameField(props: {
  model: FilesModel;
  searchesText: boolean;
  setSearchesText: (searches: boolean) => void;
}) {
  const { model, searchesText, setSearchesText } = props;
  const search = model.search.value;
  const [kind, setKind] = useState<NameSearch['kind']>(search?.kind ?? 'name');
  const [text, setText] = useState(search?.text ?? '');
  const wrong = kind === 'regex' ? whyNoRegex(text) : undefined;

  // Someone else may have taken the search back.
  useEffect(() => {
    if (search === undefined) setText('');
  }, [search]);

  useEffect(() => {
    if (searchesText || wrong !== undefined) return;
    const timer = setTimeout(() => {
      const before = model.search.peek();
      if (text === '') model.search.value = undefined;
      else if (before?.text !== text || before.kind !== kind) model.search.value = { kind, text };
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [model, searchesText, wrong, text, kind]);

  return (
    <div class="files-find">
      {!searchesText && (
        <input
          class="files-text"
          type="search"
          aria-label="Find by name"
          aria-invalid={wrong !== undefined}
          title={wrong}
          placeholder={KINDS.find((other) => other.kind === kind)?.placeholder}
          spellcheck={false}
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <select
        class="select"
        aria-label="Find"
        value={searchesText ? 'text' : kind}
        onChange={(event) => {
          const chosen = KINDS.find((other) => other.kind === event.currentTarget.value);
          if (chosen !== undefined) setKind(chosen.kind);
          setSearchesText(chosen === undefined);
        }}
      >
        {KINDS.map((other) => (
          <option key={other.kind} value={other.kind}>
            {other.label}
          </option>
        ))}
        <option value="text">In text files</option>
      </select>
      {wrong !== undefined && (
        <span class="files-wrong" role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

export function whyNoRegex(text: string): string | undefined {
  try {
    new RegExp(text, 'u');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
  }
}
