/** What is said of a list besides its names: above them why reading failed, below them why there are no more. */
import type { NameList } from '../../page/tags-model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';

export function ListEnd(props: { noun: string; list: NameList; read: () => void; empty: string }) {
  const { noun, list } = props;
  const { names, end, error, invalid, phase } = list;
  if (error !== undefined) return null;
  if (phase === 'reading') return names.length === 0 ? <p class="muted">Reading the {noun}…</p> : null;
  return (
    <>
      {invalid > 0 && (
        <p class="muted">
          Left out: {invalid} {invalid === 1 ? 'entry that is no valid name' : 'entries that are no valid names'}.
        </p>
      )}
      {end === undefined && names.length > 0 ? (
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

/** Nothing where reading did not fail. Stands above the names, which may be thousands. */
export function ListFailure(props: { list: NameList; read: () => void }) {
  const { names, error, phase } = props.list;
  if (error === undefined || phase === 'reading') return null;
  return (
    <ErrorAlert error={error}>
      {names.length > 0 && <p>The {names.length.toLocaleString('en')} that came before are shown.</p>}
      <button type="button" class="button" onClick={props.read}>
        Try again
      </button>
    </ErrorAlert>
  );
}
