/** What comes after the names that were read: why there are no more, or the button that reads on. */
import type { NameList } from '../../page/tags-model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';

export function ListEnd(props: { noun: string; list: NameList; read: () => void; empty: string }) {
  const { noun, list } = props;
  const { names, end, error, invalid, phase } = list;
  if (phase === 'reading') return names.length === 0 ? <p class="muted">Reading the {noun}…</p> : null;
  return (
    <>
      {invalid > 0 && (
        <p class="muted">
          Left out: {invalid} {invalid === 1 ? 'entry that is no valid name' : 'entries that are no valid names'}.
        </p>
      )}
      {error !== undefined ? (
        <ErrorAlert error={error}>
          {names.length > 0 && <p>The {names.length.toLocaleString('en')} that came before are shown.</p>}
          <button type="button" class="button" onClick={props.read}>
            Try again
          </button>
        </ErrorAlert>
      ) : end === undefined && names.length > 0 ? (
        <p class="list-end">
          <span class="muted">Reading stopped here; there may be more.</span>
          <button type="button" class="button button-small" onClick={props.read}>
            Load more
          </button>
        </p>
      ) : (
        <>
          {names.length === 0 && end !== undefined && <p class="muted">{props.empty}</p>}
          {names.length > 0 && end === 'repeats' && (
            <p class="muted">
              Asked for more, the registry sent nothing new: these are all it lists, or it ignores where to go on.
            </p>
          )}
        </>
      )}
    </>
  );
}
