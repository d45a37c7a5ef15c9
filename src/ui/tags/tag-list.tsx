/** The list of tags, as far as it was read, with a field that narrows it while someone types. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { compareNatural, compareNewestFirst } from '../../core/registry/tag-order.ts';
import type { ReadyImage } from '../../page/model.ts';
import type { Tags } from '../../page/tags-model.ts';
import { Icon } from '../icon/icon.tsx';
import { imageAddress } from './image-address.ts';
import { ListEnd, ListFailure } from './list-end.tsx';
import { NameGrid } from './name-grid.tsx';
import '../search-field/search-field.css';

const ORDERS = { newest: compareNewestFirst, natural: compareNatural } as const;
type OrderName = keyof typeof ORDERS;

export function TagList(props: {
  image: ReadyImage;
  tags: Tags;
  /** Told which tags are left by what was typed. */
  onShown: (tags: readonly string[]) => void;
  children: ComponentChildren;
}) {
  const { reference, root } = props.image;
  const { onShown } = props;
  const list = props.tags.list.value;
  const { digests } = props.tags.search.value;
  const [typed, setTyped] = useState('');
  const [order, setOrder] = useState<OrderName>('newest');
  const sorted = useMemo(() => [...list.names].sort(ORDERS[order]), [list.names, order]);
  const wanted = typed.trim().toLowerCase();
  const shown = useMemo(() => sorted.filter((tag) => tag.toLowerCase().includes(wanted)), [sorted, wanted]);
  useEffect(() => onShown(shown), [shown, onShown]);

  const read = () => void props.tags.read();

  function openFirst(event: SubmitEvent) {
    event.preventDefault();
    const [first] = shown;
    if (wanted !== '' && first !== undefined)
      location.hash = imageAddress({ ...reference, tag: first, digest: undefined });
  }

  return (
    <>
      <form class="tags-controls" onSubmit={openFirst}>
        <input
          class="search-field tags-field"
          type="search"
          aria-label="Find tags"
          placeholder="Find tags"
          spellcheck={false}
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <select
          class="select"
          aria-label="Order"
          value={order}
          onChange={(event) => setOrder(event.currentTarget.value === 'natural' ? 'natural' : 'newest')}
        >
          <option value="newest">Newest-looking first</option>
          <option value="natural">1, 2, … 10, a, b</option>
        </select>
        <span class="muted" role="status">
          {countText(shown.length, list.names.length, list.phase === 'reading')}
        </span>
        {list.phase === 'idle' && list.error === undefined && (
          <button type="button" class="button button-small button-quiet" onClick={() => void props.tags.readAgain()}>
            Read again
          </button>
        )}
      </form>
      <ListFailure list={list} read={read} />
      {props.children}
      {list.names.length > 0 && shown.length === 0 && (
        <p class="muted">
          No tag{list.end === undefined && ' that was read so far'} has “{typed.trim()}” in its name.
        </p>
      )}
      <NameGrid
        name="Tags"
        names={shown}
        current={reference.digest === undefined ? (reference.tag ?? 'latest') : undefined}
        address={(tag) => imageAddress({ ...reference, tag, digest: undefined })}
        mark={(tag) =>
          digests.get(tag) === root.digest && (
            <span class="tag-same">
              <Icon name="check" /> this digest
            </span>
          )
        }
      />
      <ListEnd noun="tags" list={list} read={read} empty="This repository has no tags." />
    </>
  );
}

function countText(shown: number, all: number, reading: boolean): string {
  const count = all.toLocaleString('en');
  const words = `${shown === all ? '' : `${shown.toLocaleString('en')} of `}${count} ${all === 1 ? 'tag' : 'tags'}`;
  return reading ? `${words} so far, reading…` : words;
}
