/** Asks which image to compare with: another platform, one that was opened lately, a tag of the same repository, or any. */
import { useEffect, useState } from 'preact/hooks';
import { formatReference } from '../../core/reference.ts';
import type { Actions, ReadyImage, RecentImage } from '../../page/model.ts';
import type { Address } from '../image/address.ts';
import '../search-field/search-field.css';

/** A browser's list of suggestions is no list to page through. */
const TAGS_OFFERED = 200;
const LIST_ID = 'compare-offers';

export interface CompareFormProps {
  readonly image: ReadyImage;
  /** As the link has it. */
  readonly text: string;
  readonly recent: readonly RecentImage[];
  readonly openTags: Actions['openTags'];
  readonly address: Address;
}

export function CompareForm(props: CompareFormProps) {
  const { image, address } = props;
  const [text, setText] = useState(props.text);
  useEffect(() => setText(props.text), [props.text]);
  const [tags, askForTags] = useTags(props);
  const title = formatReference(image.reference);
  const offers = new Set([...props.recent.map(({ reference }) => reference), ...tags]);
  offers.delete(title);

  return (
    <div class="compare-choice">
      <form
        class="compare-form"
        onSubmit={(event) => {
          event.preventDefault();
          location.hash = address({ with: text.trim() || undefined, path: undefined });
        }}
      >
        <label for="compare-with">Compare with</label>
        <input
          id="compare-with"
          class="search-field compare-with"
          value={text}
          list={LIST_ID}
          placeholder="another reference, as nginx:1.26"
          spellcheck={false}
          autocapitalize="off"
          onFocus={askForTags}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <datalist id={LIST_ID}>
          {[...offers].map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
        <button type="submit" class="button button-primary">
          Compare
        </button>
      </form>
      <Platforms {...props} />
      {props.text === '' && <Recent {...props} title={title} />}
    </div>
  );
}

/** The other platforms, each by its digest: a link that says which one, wherever it is opened. */
function Platforms({ image, address }: CompareFormProps) {
  const { platforms, selectedDigest, reference, transport } = image;
  const others = platforms.filter(({ digest }) => digest !== selectedDigest);
  if (others.length === 0 || transport.via === 'static' || transport.via === 'file') return null;
  const { registry, repository } = reference;
  return (
    <p class="compare-offers">
      <span class="muted">Another platform:</span>
      {others.map(({ digest, label }) => (
        <a
          key={digest}
          class="button button-small"
          href={address({ with: formatReference({ registry, repository, digest }), path: undefined })}
        >
          {label}
        </a>
      ))}
    </p>
  );
}

function Recent({ recent, address, title }: CompareFormProps & { title: string }) {
  const others = recent.filter(({ reference }) => reference !== title && reference !== 'sample').slice(0, 8);
  if (others.length === 0) return null;
  return (
    <p class="compare-offers">
      <span class="muted">Opened lately:</span>
      {others.map(({ reference }) => (
        <a key={reference} class="button button-small" href={address({ with: reference, path: undefined })}>
          {reference}
        </a>
      ))}
    </p>
  );
}

/** Asked for when somebody is about to choose; without them the field works all the same. */
function useTags({ image, openTags }: CompareFormProps): [tags: readonly string[], ask: () => void] {
  const [tags, setTags] = useState<readonly string[]>([]);
  const [asked, setAsked] = useState(false);
  const { registry, repository } = image.reference;
  const hasTags = image.transport.via !== 'static' && image.transport.via !== 'file';
  async function ask(): Promise<void> {
    setAsked(true);
    const opened = await openTags();
    await opened?.read();
    const names = opened?.list.value.names.slice(0, TAGS_OFFERED) ?? [];
    setTags(names.map((tag) => formatReference({ registry, repository, tag })));
  }
  return [tags, () => !asked && hasTags && void ask().catch(() => undefined)];
}
