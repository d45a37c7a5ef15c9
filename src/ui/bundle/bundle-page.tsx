/** Several images in one archive: a list that the link carries, what each of them adds, and the download of all. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Bundle, BundleEntryView, BundleView } from '../../page/bundle/model.ts';
import type { Actions } from '../../page/model.ts';
import { REFERENCE_FIELD_ID } from '../chrome/reference-field.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { AddImages } from './add-images.tsx';
import { BundleEntry } from './bundle-entry.tsx';
import { BundleOffer } from './bundle-offer.tsx';
import '../settings/text-field.css';
import './bundle-page.css';

export interface BundlePageProps {
  /** The list, as the address has it. */
  readonly query: string;
  readonly openBundle: Actions['openBundle'];
}

export function BundlePage({ query, openBundle }: BundlePageProps) {
  const [bundle, setBundle] = useState<Bundle | undefined>(undefined);
  useEffect(() => {
    const left = new AbortController();
    void openBundle(left.signal).then((opened) => {
      if (!left.signal.aborted) setBundle(opened);
    });
    return () => left.abort();
  }, [openBundle]);
  useEffect(() => bundle?.follow(query), [bundle, query]);
  return (
    <div class="bundle">
      <div>
        <h1>Bundle</h1>
        <p class="muted">
          Several images and platforms in one archive that Docker, Podman, containerd and skopeo read: layers that they
          share once, with checksums and the lines that load it. The list is in the address of this page, to keep or to
          pass on.
        </p>
      </div>
      {bundle !== undefined && (
        <>
          <AddImages add={bundle.add} />
          <Content bundle={bundle} view={bundle.view.value} />
        </>
      )}
    </div>
  );
}

function Content({ bundle, view }: { bundle: Bundle; view: BundleView }) {
  const { entries } = view;
  const list = useRef<HTMLUListElement>(null);
  const removed = useRef<number | undefined>(undefined);
  // The focus goes on to the entry that took the place.
  useEffect(() => {
    if (removed.current === undefined) return;
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('.bundle-remove') ?? [])];
    const next = buttons[Math.min(removed.current, buttons.length - 1)] ?? document.getElementById(REFERENCE_FIELD_ID);
    next?.focus();
    removed.current = undefined;
  }, [entries.length]);
  if (entries.length === 0) return <p class="muted">Nothing is in it yet.</p>;
  return (
    <>
      <ul class="bundle-entries" aria-label="Images of the bundle" ref={list}>
        {entries.map((entry, position) => (
          <BundleEntry
            key={keyOf(entries, position)}
            entry={entry}
            remove={() => {
              removed.current = position;
              bundle.remove(position);
            }}
            retry={() => bundle.retry(position)}
            choosePlatform={(digest, chosen) => bundle.choosePlatform(position, digest, chosen)}
          />
        ))}
      </ul>
      {view.error === undefined ? (
        <BundleOffer view={view} download={bundle.download} />
      ) : (
        <ErrorAlert error={view.error} />
      )}
    </>
  );
}

/** The same text may be listed twice. */
function keyOf(entries: readonly BundleEntryView[], position: number): string {
  const { text } = entries[position] ?? { text: '' };
  return `${entries.slice(0, position).filter((entry) => entry.text === text).length} ${text}`;
}
