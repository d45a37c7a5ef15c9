/** The file, directory or link that the address opens: what it is, and what is in it. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, isAbort, type PulltabError } from '../../core/errors.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { LayerView } from '../../page/model.ts';
import type { FileDetails, FilePlace } from '../../protocol/inspector.ts';
import { CopyButton } from '../copy/copy-button.tsx';
import { ErrorAlert } from '../error/error-alert.tsx';
import { Icon } from '../icon/icon.tsx';
import type { Address } from '../image/address.ts';
import { FileContentView } from './file-content.tsx';
import { FileFacts } from './file-facts.tsx';
import { FileIcon } from './file-icon.tsx';
import type { RowLinks } from './file-row.tsx';
import { SaveButton } from './save-button.tsx';
import { ancestorsOf, baseName, showName } from './words.ts';
import './file-pane.css';

export interface FilePaneProps {
  readonly inspection: Inspection;
  /** Clean. */
  readonly path: string;
  /** The layer whose file it is; the merged image's where undefined. */
  readonly layer: number | undefined;
  readonly line: string | undefined;
  readonly layers: readonly LayerView[];
  readonly address: Address;
  readonly links: RowLinks;
}

export function FilePane(props: FilePaneProps) {
  const { inspection, path, layer, address } = props;
  const found = useDetails(inspection, { path, layer });
  return (
    <section class="file-pane" aria-label={showName(`/${path}`)}>
      <header class="file-pane-head">
        <Crumbs path={path} links={props.links} />
        <CopyButton name="Copy path" text={`/${path}`} />
        <a
          class="button button-quiet button-small file-pane-close"
          href={address({ path: undefined, line: undefined })}
          title="Back to the list"
        >
          <Icon name="close" /> Close
        </a>
      </header>
      <Found {...props} found={found} />
    </section>
  );
}

type Found = FileDetails | 'asking' | 'missing' | PulltabError;

function useDetails(inspection: Inspection, { path, layer }: FilePlace): Found {
  const [found, setFound] = useState<Found>('asking');
  const revision = inspection.revision.value;
  // What has been read since (`revision`) may have brought the path.
  useEffect(() => {
    let left = false;
    inspection.details({ path, layer }).then(
      (details) => {
        if (!left) setFound((before) => same(before, details ?? 'missing'));
      },
      (failure: unknown) => {
        if (!left && !isAbort(failure)) setFound(asPulltabError(failure, `look at /${path}`));
      },
    );
    return () => {
      left = true;
    };
  }, [inspection, path, layer, revision]);
  return found;
}

/** The object before where nothing has changed: what shows the content reads it once. */
function same(before: Found, next: Found): Found {
  return JSON.stringify(before) === JSON.stringify(next) ? before : next;
}

function Found(props: FilePaneProps & { found: Found }) {
  const { inspection, path, layer, found } = props;
  if (found instanceof Error) return <ErrorAlert error={found} />;
  if (found === 'asking') return <p class="muted">Looking for it…</p>;
  if (found === 'missing') return <Missing {...props} />;
  const place = { path, layer };
  const hasContent = found.type === 'file' || found.type === 'hardlink' || found.resolved !== undefined;
  return (
    <>
      <div class="file-pane-title">
        <FileIcon type={found.type} />
        <h2>{showName(baseName(path))}</h2>
        {found.change !== 'removed' && <SaveButton key={path} inspection={inspection} place={place} details={found} />}
      </div>
      <FileFacts details={found} layers={props.layers} links={props.links} address={props.address} layer={layer} />
      {found.change === 'removed' ? (
        <p class="files-note">
          Layer {found.layer + 1} removes it. Its bytes are still in the layers that wrote it: open it there.
        </p>
      ) : (
        found.type !== 'directory' &&
        hasContent && (
          <FileContentView
            inspection={inspection}
            place={place}
            details={found}
            line={props.line}
            address={props.address}
          />
        )
      )}
    </>
  );
}

function Missing({ inspection, path, layer, address }: FilePaneProps) {
  if (inspection.phase.value.phase === 'reading') {
    return <p class="muted">Not found so far; layers are still being read.</p>;
  }
  const where = layer === undefined ? 'This image' : `Layer ${layer + 1}`;
  return (
    <div class="files-nothing">
      <p role="alert" data-code="not-found">
        {where} has no <code>{showName(`/${path}`)}</code>.
      </p>
      {layer !== undefined && (
        <a class="button" href={address({ layer: undefined })}>
          Look in the merged image
        </a>
      )}
    </div>
  );
}

function Crumbs({ path, links }: { path: string; links: RowLinks }) {
  return (
    <nav class="file-crumbs" aria-label="Path">
      <a href={links.path('')}>/</a>
      {ancestorsOf(path).map((above) => (
        <span key={above}>
          <a href={links.path(above)}>{showName(baseName(above))}</a>/
        </span>
      ))}
      <span>{path === '' ? '' : showName(baseName(path))}</span>
    </nav>
  );
}
