/** The tags of the shown image's repository: found by typing or by digest, each a link; and the history of this one. */
import { useEffect, useState } from 'preact/hooks';
import type { Actions, ReadyImage } from '../../page/model.ts';
import type { Tags } from '../../page/tags-model.ts';
import { DigestSearch } from './digest-search.tsx';
import { OtherRepositories } from './other-repositories.tsx';
import { TagHistory } from './tag-history.tsx';
import { TagList } from './tag-list.tsx';
import './tags-view.css';

export function TagsView(props: { image: ReadyImage; openTags: Actions['openTags'] }) {
  const { image, openTags } = props;
  const tags = useTags(image, openTags);
  const [shown, setShown] = useState<readonly string[]>([]);
  if (tags === undefined) return <p class="muted">Asking for the tags…</p>;
  return (
    <div class="tags-view">
      <section class="tags-names">
        <TagList image={image} tags={tags} onShown={setShown}>
          <DigestSearch image={image} tags={tags} asked={shown} />
        </TagList>
      </section>
      <TagHistory reference={image.reference} tags={tags} />
      <OtherRepositories registry={image.reference.registry} tags={tags} />
    </div>
  );
}

/** Reads as long as the view is shown: leaving it ends what is under way. */
function useTags(image: ReadyImage, openTags: Actions['openTags']): Tags | undefined {
  const [tags, setTags] = useState<Tags | undefined>(undefined);
  const { title, movedFrom } = image;

  // Another title is another image, with tags of its own.
  useEffect(() => {
    let left = false;
    let opened: Tags | undefined;
    const open = async (): Promise<void> => {
      opened = await openTags();
      if (left || opened === undefined) return opened?.stop();
      setTags(opened);
      void opened.read();
    };
    void open();
    return () => {
      left = true;
      opened?.stop();
      setTags(undefined);
    };
  }, [title, openTags]);

  // The history has grown when the page learns of a move.
  useEffect(() => void tags?.readHistory(), [tags, movedFrom]);

  return tags;
}
