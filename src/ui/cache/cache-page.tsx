/** What this browser keeps of images: each layer with its size, its images and its age; and ways to be rid of it. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { type Cache, type CacheView, openCache } from '../../page/cache.ts';
import type { UserSettings } from '../../page/user-settings.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { BlobTable } from './blob-table.tsx';
import { BudgetField } from './budget-field.tsx';
import './cache-page.css';

export function CachePage(props: { userSettings: Promise<UserSettings> }) {
  const cache = useMemo(openCache, []);
  useEffect(() => () => cache.close(), [cache]);
  const view = cache.view.value;
  const error = cache.error.value;
  return (
    <section class="cache" aria-labelledby="cache-title">
      <h1 id="cache-title">Layer cache</h1>
      <p class="muted">
        Layers are kept in this browser, so that an image that shares them downloads only the rest. Each was matched
        against its digest before it counted.
      </p>
      {error !== undefined && <ErrorAlert error={error} />}
      {view === undefined ? (
        error === undefined && <p class="muted">Looking into the cache…</p>
      ) : (
        <Content cache={cache} view={view} userSettings={props.userSettings} />
      )}
    </section>
  );
}

function Content(props: { cache: Cache; view: CacheView; userSettings: Promise<UserSettings> }) {
  const { cache, view } = props;
  const storedBytes = view.blobs.reduce((sum, blob) => sum + blob.storedBytes, 0);
  return (
    <>
      <p>
        <strong title={formatExactBytes(storedBytes)}>{formatSize(storedBytes)}</strong> in {view.blobs.length}{' '}
        {view.blobs.length === 1 ? 'layer' : 'layers'}
        {view.quotaBytes !== undefined && (
          <span class="muted"> of {formatSize(view.quotaBytes)} that the browser gives</span>
        )}
        {view.persisted !== undefined && (
          <span class="muted">
            {view.persisted
              ? '; it promised not to clear them by itself'
              : '; it may clear them when the disk is short'}
          </span>
        )}
      </p>
      <BudgetField userSettings={props.userSettings} trim={cache.trim} />
      {view.blobs.length === 0 ? (
        <p class="muted">Nothing is kept. Layers come here as images are downloaded or looked into.</p>
      ) : (
        <>
          <Tools cache={cache} view={view} />
          <BlobTable blobs={view.blobs} checks={cache.checks.value} remove={(digest) => void cache.remove([digest])} />
        </>
      )}
    </>
  );
}

function Tools({ cache, view }: { cache: Cache; view: CacheView }) {
  const [asking, setAsking] = useState(false);
  const whole = view.blobs.filter(({ complete }) => complete);
  return (
    <div class="cache-tools">
      <button type="button" class="button" onClick={() => cache.check(whole)}>
        Verify all again
      </button>
      {asking ? (
        <>
          <button
            type="button"
            class="button button-primary"
            onClick={() => {
              setAsking(false);
              void cache.remove(view.blobs.map(({ digest }) => digest));
            }}
          >
            Remove {view.blobs.length === 1 ? 'the layer' : `all ${view.blobs.length} layers`}
          </button>
          <button type="button" class="button" onClick={() => setAsking(false)}>
            Keep them
          </button>
        </>
      ) : (
        <button type="button" class="button" onClick={() => setAsking(true)}>
          Remove all…
        </button>
      )}
    </div>
  );
}
