/** The rows of the packages: only those on screen are in the document. */
import { useRef } from 'preact/hooks';
import type { LayerView } from '../../page/model.ts';
import type { FoundPackage } from '../../protocol/inspector.ts';
import { useNarrow } from '../files/use-narrow.ts';
import { type RowsHandle, VirtualRows } from '../files/virtual-rows.tsx';
import { showName } from '../files/words.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import { KIND_NAMES, type PackageOrder } from './package-filter.ts';

export interface PackageTableProps {
  readonly chosen: readonly FoundPackage[];
  readonly order: PackageOrder;
  readonly setOrder: (order: PackageOrder) => void;
  readonly layers: readonly LayerView[];
  readonly address: Address;
}

/** As packages-view.css has them. */
const ROW_PX = 28;
const FOLDED_ROW_PX = 48;
const HEAD_PX = 28;

// Rows that are placed one by one cannot be a table's own elements: those lose their roles with their display.
const GROUP = { role: 'rowgroup' } as const;
const rowAt = (index: number) => ({ role: 'row', 'aria-rowindex': index }) as const;
const CELL = { role: 'cell' } as const;
const HEAD = { role: 'columnheader' } as const;

export function PackageTable(props: PackageTableProps) {
  const { chosen } = props;
  const folded = useNarrow();
  const handle = useRef<RowsHandle>(null);
  return (
    <VirtualRows
      class="package-table"
      role="table"
      aria-label="Packages"
      aria-rowcount={chosen.length + 1}
      tabIndex={0}
      count={chosen.length}
      rowHeight={folded ? FOLDED_ROW_PX : ROW_PX}
      headHeight={folded ? 0 : HEAD_PX}
      head={folded ? undefined : <Head {...props} />}
      bodyRole="rowgroup"
      handle={handle}
      renderRow={(index, top) => {
        const found = chosen[index];
        return found && <PackageRow key={index} {...{ found, index, top }} {...props} />;
      }}
    />
  );
}

function Head({ order, setOrder }: PackageTableProps) {
  const sorted = (own: PackageOrder) => ({
    ...HEAD,
    'aria-sort': order !== own ? ('none' as const) : own === 'size' ? ('descending' as const) : ('ascending' as const),
  });
  const button = (own: PackageOrder, label: string) => (
    <button type="button" class="tree-order" onClick={() => setOrder(own)}>
      {label}
      {order === own && <span aria-hidden="true">{own === 'size' ? ' ↓' : ' ↑'}</span>}
    </button>
  );
  return (
    <div {...GROUP} class="tree-head">
      <div {...rowAt(1)} class="package-row package-head">
        <span {...sorted('name')}>{button('name', 'Name')}</span>
        <span {...HEAD}>Version</span>
        <span {...HEAD}>Kind</span>
        <span {...HEAD}>Architecture</span>
        <span {...HEAD}>Licence</span>
        <span {...sorted('size')} class="number">
          {button('size', 'Size')}
        </span>
        <span {...sorted('layer')} class="number" title="The layer that brought this version">
          {button('layer', 'Layer')}
        </span>
      </div>
    </div>
  );
}

interface PackageRowProps extends PackageTableProps {
  readonly found: FoundPackage;
  readonly index: number;
  readonly top: number;
}

function PackageRow({ found, index, top, layers, address }: PackageRowProps) {
  const { name, version, kind, architecture, license, source, installedBytes, foundIn, layer } = found;
  const builtFrom = source === undefined ? '' : `\nbuilt from ${source}`;
  return (
    <div {...rowAt(index + 2)} class="package-row" style={{ transform: `translateY(${top}px)` }}>
      <span {...CELL} class="package-name" title={showName(`${name} ${version}`) + showName(builtFrom)}>
        <a
          href={address({ path: `/${foundIn}`, lens: undefined, find: undefined, layer: undefined, line: undefined })}
          title={`Open ${showName(`/${foundIn}`)}`}
        >
          {showName(name)}
        </a>
      </span>
      <span {...CELL} class="package-version" title={showName(version)}>
        {showName(version)}
      </span>
      <span {...CELL} class="package-kind muted">
        {KIND_NAMES[kind]}
      </span>
      <span {...CELL} class="package-architecture muted">
        {showName(architecture ?? '')}
      </span>
      <span {...CELL} class="package-license muted" title={showName(license ?? '')}>
        {showName(license ?? '')}
      </span>
      <span
        {...CELL}
        class="package-size number"
        title={installedBytes === undefined ? undefined : formatExactBytes(installedBytes)}
      >
        {installedBytes === undefined ? '' : formatSize(installedBytes)}
      </span>
      <span {...CELL} class="package-layer number">
        <a href={address({ layer: layers[layer]?.digest })} title={`What layer ${layer + 1} brought`}>
          {layer + 1}
        </a>
      </span>
    </div>
  );
}
