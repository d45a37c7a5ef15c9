/** The view `take`: lines to copy for the tools that take the image elsewhere. */
import { useMemo } from 'preact/hooks';
import { OCI_MANIFEST } from '../../core/media-types.ts';
import { type Snippet, takeAlong } from '../../core/report/commands.ts';
import type { PlatformImage, ReadyImage } from '../../page/model.ts';
import { AddToBundle } from '../bundle/add-to-bundle.tsx';
import { CopyButton } from '../copy/copy-button.tsx';
import type { Address } from '../image/address.ts';
import './take-view.css';

export interface TakeViewProps {
  readonly image: ReadyImage;
  readonly selected: PlatformImage;
  readonly address: Address;
}

export function TakeView({ image, selected, address }: TakeViewProps) {
  const link = new URL(address({ view: undefined, layer: undefined, path: undefined }), document.baseURI).href;
  const groups = useMemo(
    () =>
      takeAlong(
        {
          reference: image.reference,
          digest: image.root.digest,
          platform: selected.config.platform,
          isOci: selected.manifest.mediaType === OCI_MANIFEST,
          link,
        },
        image.title,
      ),
    [image, selected, link],
  );
  return (
    <div class="take">
      {image.transport.via !== 'file' && (
        <p>
          <AddToBundle image={image} />
          <span class="muted">: several images and platforms in one archive</span>
        </p>
      )}
      {groups.map(({ title, note, snippets }) => (
        <section key={title}>
          <h2>{title}</h2>
          {note !== undefined && <p class="muted">{note}</p>}
          <dl>
            {snippets.map((snippet) => (
              <Line key={snippet.name} snippet={snippet} />
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

function Line({ snippet: { name, text, note } }: { snippet: Snippet }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <div class="take-text">
          <pre>
            <code>{text}</code>
          </pre>
          <CopyButton name={`Copy for ${name}`} text={text} />
        </div>
        {note !== undefined && <p class="muted">{note}</p>}
      </dd>
    </div>
  );
}
