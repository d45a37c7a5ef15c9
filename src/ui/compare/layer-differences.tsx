/** The layers of two images in one list: shared, added, removed, and what each of them adds to a pull. */
import type { LayerDifference } from '../../core/image-comparison.ts';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { formatCreatedBy } from '../image/created-by.ts';
import { formatEffect } from './format-effect.ts';

const SIGNS = { shared: '=', added: '+', removed: '−' } as const satisfies Record<LayerDifference['kind'], string>;

export function LayerDifferences(props: { layers: readonly LayerDifference[] }) {
  const { layers } = props;
  const count = (kind: LayerDifference['kind']): number => layers.filter((layer) => layer.kind === kind).length;
  const effect = layers.reduce((sum, { effectBytes }) => sum + effectBytes, 0);
  return (
    <section>
      <h2>
        Layers{' '}
        <span class="muted">
          {count('shared')} shared, {count('added')} added, {count('removed')} removed: {formatEffect(effect)}
        </span>
      </h2>
      <ol class="compare-layers" aria-label="Layers compared">
        {layers.map((layer, at) => (
          <li key={`${at} ${layer.digest}`} class={`compare-${layer.kind}`}>
            <span class="compare-sign">
              {SIGNS[layer.kind]} {layer.kind}
            </span>
            <span class="number" title={formatExactBytes(layer.size)}>
              {formatSize(layer.size)}
            </span>
            <Digest digest={layer.digest} />
            <span class="compare-note">
              {layer.kind !== 'shared' && layer.effectBytes === 0 && layer.size > 0 && (
                <span class="muted">its bytes count elsewhere in this list: </span>
              )}
              {layer.createdBy === undefined ? (
                <span class="muted">not recorded</span>
              ) : (
                <code>{formatCreatedBy(layer.createdBy)}</code>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
