/** The search by name: text, glob or regular expression, listed while one types; or the switch to searching in files. */
import { useEffect, useState } from 'preact/hooks';
import { type Find, type FindKind, findsText, formatFind, whyNoRegex } from './question.ts';
import '../search-field/search-field.css';

const KINDS = [
  { kind: 'name', label: 'Name', placeholder: 'Part of a name or path' },
  { kind: 'glob', label: 'Glob', placeholder: '**/*.conf' },
  { kind: 'regex', label: 'Regex', placeholder: '\\.(pem|key)$' },
  { kind: 'text', label: 'In text files', placeholder: '' },
] as const satisfies readonly { kind: FindKind; label: string; placeholder: string }[];

/** Typing on within this asks once. */
const PAUSE_MS = 30;

export function NameField(props: {
  /** What the address asks for. */
  find: Find | undefined;
  ask: (find: string | undefined) => void;
}) {
  const { find, ask } = props;
  const searchesText = findsText(find);
  const asked = find?.text ?? '';
  const kind = searchesText ? 'text' : (find?.kind ?? 'name');
  const [text, setText] = useState(asked);
  const wrong = kind === 'regex' ? whyNoRegex(text) : undefined;

  // The address may have changed otherwise: a link, the way back.
  useEffect(() => setText(asked), [asked]);

  useEffect(() => {
    if (searchesText || wrong !== undefined || text === asked) return;
    const timer = setTimeout(() => {
      ask(text === '' && kind === 'name' ? undefined : formatFind({ kind, text }));
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [ask, searchesText, wrong, asked, text, kind]);

  return (
    <div class="files-find">
      {!searchesText && (
        <input
          class="search-field files-text"
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
        value={kind}
        onChange={(event) => {
          const chosen = KINDS.find((other) => other.kind === event.currentTarget.value)?.kind;
          if (chosen !== undefined) ask(formatFind({ kind: chosen, text }));
        }}
      >
        {KINDS.map((other) => (
          <option key={other.kind} value={other.kind}>
            {other.label}
          </option>
        ))}
      </select>
      {wrong !== undefined && (
        <span class="files-wrong" role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}
