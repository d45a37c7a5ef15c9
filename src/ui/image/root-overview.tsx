/** The overview of what is not an image to download: an artifact, schema 1, an index without images. */
import type { ReadyImage } from '../../page/model.ts';
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

export function RootOverview(props: { image: ReadyImage }) {
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
            <code>{root.config.mediaType}</code>
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
          <LayerTable name={title} noteName={noteName} rows={rows} />
        )}
      </section>
      <KeyValues title="Annotations" entries={Object.entries(root.annotations)} />
    </div>
  );
}
