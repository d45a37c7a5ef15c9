/** The heads of the columns; three of them order the rows. */
import type { ListingQuery } from '../../protocol/inspector.ts';
import type { FilesModel } from './files-model.ts';

// Not a table's own elements, as file-row.tsx says.
const GROUP = { role: 'rowgroup' } as const;
const ROW = { role: 'row', 'aria-rowindex': 1 } as const;
const HEAD = { role: 'columnheader' } as const;

type Order = ListingQuery['order'];

export function TreeHead({ model, showsChange }: { model: FilesModel; showsChange: boolean }) {
  const order = model.order.value;
  const sorted = (own: Order) => ({
    ...HEAD,
    'aria-sort': order !== own ? ('none' as const) : own === 'name' ? ('ascending' as const) : ('descending' as const),
  });
  const button = (own: Order, label: string) => (
    <button type="button" class="tree-order" onClick={() => (model.order.value = own)}>
      {label}
      {order === own && <span aria-hidden="true">{own === 'name' ? ' ↑' : ' ↓'}</span>}
    </button>
  );
  return (
    <div {...GROUP} class="tree-head">
      <div {...ROW} class="tree-head-row">
        <span {...sorted('name')} class="file-name">
          {button('name', 'Name')}
        </span>
        {showsChange && (
          <span {...HEAD} class="file-change">
            Change
          </span>
        )}
        <span {...sorted('size')} class="file-size number">
          {button('size', 'Size')}
        </span>
        <span {...HEAD} class="file-mode">
          Mode
        </span>
        <span {...HEAD} class="file-owner">
          Owner
        </span>
        <span {...sorted('modified')} class="file-time">
          {button('modified', 'Modified')}
        </span>
        <span {...HEAD} class="file-layer number" title="The layer that wrote it last">
          Layer
        </span>
      </div>
    </div>
  );
}
