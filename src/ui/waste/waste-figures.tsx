/** The score, and what it is made of. */
import type { WasteReport } from '../../protocol/inspector.ts';
import { countOf } from '../files/words.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';

export function WasteFigures(props: { waste: WasteReport; isPartial: boolean; layers: number }) {
  const { waste, isPartial, layers } = props;
  const { efficiency, wastedBytes, wastedShare, totalBytes } = waste;
  return (
    <section class="waste-figures" aria-label="Figures">
      <dl>
        <div>
          <dt>Efficiency</dt>
          <dd>
            {formatShare(efficiency)}
            <span class="waste-bar" aria-hidden="true">
              <span style={{ width: `${efficiency * 100}%` }} />
            </span>
          </dd>
        </div>
        <div>
          <dt>Wasted</dt>
          <dd title={formatExactBytes(wastedBytes)}>{formatSize(wastedBytes)}</dd>
        </div>
        {wastedShare !== undefined && (
          <div>
            <dt>Of what the upper layers add</dt>
            <dd>{formatShare(wastedShare)}</dd>
          </div>
        )}
        <div>
          <dt>All files of {countOf(layers, 'layer')}</dt>
          <dd title={formatExactBytes(totalBytes)}>{formatSize(totalBytes)}</dd>
        </div>
      </dl>
      {isPartial && <p class="muted">So far: of the layers that have been read.</p>}
      <Definitions />
    </section>
  );
}

function Definitions() {
  return (
    <details class="waste-definitions">
      <summary>How this is counted</summary>
      <p>
        As <a href="https://github.com/wagoodman/dive">dive</a> counts, so that figures can be compared. A path that
        appears in more than one layer is wasted, with the bytes of all its appearances, also of the one that is seen in
        the end; a removed file appears with 0 bytes. Efficiency is the sum of the smallest size of every path by the
        sum of all sizes. “Upper layers” are all but the lowest; paths that it brings along count as well, so that this
        share may be over 100 %.
      </p>
    </details>
  );
}

/** "98.5 %"; 100 % only where it is. */
function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent < 100 && percent > 99.9 ? '99.9' : percent.toFixed(percent === 100 ? 0 : 1)} %`;
}
