/** The overview of what is not an image to download: an artifact, schema 1, an index without images. */
import type { Actions, ReadyImage } from '../../page/model.ts';
import { SaveBlob, savesBlobs } from '../formats/save-blob.tsx';
import { Fact, TransportFact } from './facts.tsx';
import { KeyValues } from './key-values.tsx';
import { rootRows } from './layer-rows.ts';
import { LayerTable } from './layer-table.tsx';

const LISTS = {
  artifact: { title: 'Files', noteName: 'Name' },
  schema1: { title: 'Layers', noteName: 'Created by' },
  index: { title: 'Manifests', noteName: 'Platform' },
  image: { title: 'Layers', noteName: 'Name' },
} as const satisfies Record<ReadyImage['root']['kind'], { title: string; noteName: string }>;

export function RootOverview(props: { image: ReadyImage; download: Actions['download'] }) {
  const { root } = props.image;
  const rows = rootRows(root);
  const { title, noteName } = LISTS[root.kind];
  return (
    <div class="overview">
      <dl class="facts">
        <Fact name="Media type">
          <code>{root.mediaType}</code>
        </Fact>
        {root.kind === 'artifact' && (
          <Fact name="Artifact type">
            <code>{root.artifactType}</code>
          </Fact>
        )}
        {root.kind === 'artifact' && root.config !== undefined && (
          <Fact name="Config">
            <code>{root.config.mediaType}</code>{' '}
            {savesBlobs(props.image) && <SaveBlob name="config" digest={root.config.digest} save={props.download} />}
          </Fact>
        )}
        <TransportFact image={props.image} />
      </dl>
      <section>
        <h2>
          {title} <span class="muted">{rows.length}</span>
        </h2>
        {rows.length === 0 ? (
          <p class="muted">It lists none.</p>
        ) : (
          <LayerTable
            {...{ name: title, noteName, rows }}
            action={
              root.kind === 'artifact' && savesBlobs(props.image)
                ? ({ digest, note }) => <SaveBlob name={note ?? digest} digest={digest} save={props.download} />
                : undefined
            }
          />
        )}
      </section>
      <KeyValues title="Annotations" entries={Object.entries(root.annotations)} />
    </div>
  );
}
