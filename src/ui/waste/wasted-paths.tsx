/** The paths that waste most, each with the layers that it is in; and the directories that were removed as a whole. */
import type { ComponentChildren } from 'preact';
import type { Appearance, RemovedDirectory } from '../../core/layer/waste.ts';
import { ADVICE, adviseOn } from '../../core/layer/waste-advice.ts';
import type { WasteReport } from '../../protocol/inspector.ts';
import { CHANGE_SIGNS, countOf, showName } from '../files/words.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';

export interface WasteLinks {
  /** Where the merged image shows the path. */
  path(path: string): string;
  /** Where that layer's changes show it. */
  inLayer(path: string, layer: number): string;
}

/** Removed directories written out; most images have none. */
const DIRECTORIES_SHOWN = 100;

export function WastedPaths(props: { waste: WasteReport; links: WasteLinks; children: ComponentChildren }) {
  const { waste, links } = props;
  if (waste.pathCount === 0) {
    return <p class="files-note">No path is in more than one layer with any bytes: nothing is wasted.</p>;
  }
  return (
    <section aria-labelledby="waste-paths">
      <div class="waste-head">
        <h2 id="waste-paths">
          Worst paths <span class="muted">{shownOf(waste)}</span>
        </h2>
        {props.children}
      </div>
      <table class="table waste-table" aria-labelledby="waste-paths">
        <thead>
          <tr>
            <th scope="col" class="number">
              Wasted
            </th>
            <th scope="col">Path</th>
            <th scope="col">In layers</th>
            <th scope="col">What would help</th>
          </tr>
        </thead>
        <tbody>
          {waste.paths.map((wasted) => (
            <tr key={wasted.path}>
              <td class="number" title={formatExactBytes(wasted.bytes)}>
                {formatSize(wasted.bytes)}
              </td>
              <td class="waste-path">
                <PathLink path={wasted.path} href={hrefOf(wasted.path, wasted.appearances, links)} />
              </td>
              <td class="waste-layers">
                <Appearances path={wasted.path} appearances={wasted.appearances} links={links} />
              </td>
              <td class="muted">{ADVICE[adviseOn(wasted)].title}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function shownOf({ paths, pathCount }: WasteReport): string {
  const all = countOf(pathCount, 'path');
  return paths.length === pathCount
    ? all
    : `the first ${countOf(paths.length, 'path')} of ${all}; all are in the saved report`;
}

/** A path that is removed in the end is in the layer that removed it, not in the image. */
function hrefOf(path: string, appearances: readonly Appearance[], links: WasteLinks): string {
  const last = appearances.at(-1);
  return last?.what === 'removed' ? links.inLayer(path, last.layer) : links.path(path);
}

function PathLink({ path, href }: { path: string; href: string }) {
  return (
    <a href={href}>
      <code>/{showName(path)}</code>
    </a>
  );
}

const WORDS: Readonly<Record<Appearance['what'], { readonly sign: string; readonly word: string }>> = {
  written: { sign: '', word: 'writes' },
  metadata: { sign: CHANGE_SIGNS.metadata, word: 'changes owner or mode of' },
  removed: { sign: CHANGE_SIGNS.removed, word: 'removes' },
};

function Appearances(props: { path: string; appearances: readonly Appearance[]; links: WasteLinks }) {
  return (
    <ul>
      {props.appearances.map(({ layer, size, what }, at) => {
        const { sign, word } = WORDS[what];
        const name = `Layer ${layer + 1} ${word} it, ${formatSize(size)}`;
        return (
          <li key={at}>
            <a href={props.links.inLayer(props.path, layer)} title={name} aria-label={name}>
              {layer + 1}
              {sign}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

export function RemovedDirectories(props: { removed: readonly RemovedDirectory[]; links: WasteLinks }) {
  const { removed, links } = props;
  if (removed.length === 0) return null;
  return (
    <section aria-labelledby="waste-directories">
      <h2 id="waste-directories">
        Removed directories <span class="muted">{countOf(removed.length, 'directory', 'directories')}</span>
      </h2>
      <p class="muted">
        What they hide is still in the image. Dive does not count it as wasted, because such a path appears once.
      </p>
      <table class="table waste-table" aria-labelledby="waste-directories">
        <thead>
          <tr>
            <th scope="col" class="number">
              Hidden
            </th>
            <th scope="col">Path</th>
            <th scope="col">Removed by layer</th>
          </tr>
        </thead>
        <tbody>
          {removed.slice(0, DIRECTORIES_SHOWN).map(({ path, layer, bytes }) => (
            <tr key={`${layer} ${path}`}>
              <td class="number" title={formatExactBytes(bytes)}>
                {formatSize(bytes)}
              </td>
              <td class="waste-path">
                <PathLink path={path} href={links.inLayer(path, layer)} />
              </td>
              <td class="waste-layers">
                <Appearances path={path} appearances={[{ layer, size: bytes, what: 'removed' }]} links={links} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {removed.length > DIRECTORIES_SHOWN && (
        <p class="muted">The largest {DIRECTORIES_SHOWN} are shown; all are in the saved report.</p>
      )}
    </section>
  );
}
