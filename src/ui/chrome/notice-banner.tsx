/** A fault that is not the image's: settings that could not be read, storage the browser refuses. Can be closed. */
import { useState } from 'preact/hooks';
import type { PulltabError } from '../../core/errors.ts';
import { LazyErrorAlert } from '../error/lazy-error-alert.tsx';

export function NoticeBanner(props: { error: PulltabError | undefined }) {
  const [closed, setClosed] = useState<PulltabError | undefined>(undefined);
  if (props.error === undefined || props.error === closed) return null;
  return (
    <div class="notice-banner">
      <LazyErrorAlert error={props.error}>
        <button type="button" class="button button-small" onClick={() => setClosed(props.error)}>
          Close notice
        </button>
      </LazyErrorAlert>
    </div>
  );
}
