/** The registry's other repositories, where it lets this page read its catalogue; asked for only on request. */
import { useState } from 'preact/hooks';
import type { Tags } from '../../page/tags-model.ts';
import { imageAddress } from './image-address.ts';
import { ListEnd, ListFailure } from './list-end.tsx';
import { NameGrid } from './name-grid.tsx';

export function OtherRepositories(props: { registry: string; tags: Tags }) {
  const { registry } = props;
  const { repositories } = props.tags;
  const [open, setOpen] = useState(false);
  if (repositories === undefined) return null;
  const read = () => void repositories.read();
  if (!open) {
    const show = () => {
      setOpen(true);
      read();
    };
    return (
      <p>
        <button type="button" class="button button-small" onClick={show}>
          Other repositories of this registry
        </button>
      </p>
    );
  }
  const list = repositories.list.value;
  return (
    <section class="tags-names" aria-label="Repositories">
      <h2>
        Repositories of {registry} {list.names.length > 0 && <span class="muted">{list.names.length}</span>}
      </h2>
      <ListFailure list={list} read={read} />
      <NameGrid
        name="Repositories"
        names={list.names}
        address={(repository) => imageAddress({ registry, repository, tag: 'latest' })}
      />
      <ListEnd noun="repositories" list={list} read={read} empty="This registry lists no repositories." />
    </section>
  );
}
