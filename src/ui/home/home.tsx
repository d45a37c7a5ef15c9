/** The home page: the field, examples that work, what was opened lately, and what leaves the browser. */
import type { PulltabError } from '../../core/errors.ts';
import type { RecentImage } from '../../page/model.ts';
import { Age } from '../age/age.tsx';
import { ReferenceField } from '../chrome/reference-field.tsx';
import { FileButton } from '../open/file-button.tsx';
import './home.css';

const EXAMPLES = [
  { reference: 'sample', about: 'comes with this page: works without a network or a relay' },
  { reference: 'nginx', about: 'Docker Hub’s short names' },
  { reference: 'ghcr.io/stefanprodan/podinfo', about: 'any other registry, by its host' },
] as const;

export function Home(props: {
  recent: readonly RecentImage[];
  inspect: (text: string) => Promise<PulltabError | undefined>;
  clearRecent: () => void;
  openFile: (file: File) => void;
}) {
  return (
    <div class="home">
      <div class="home-head">
        <h1>docker pull, in a browser tab</h1>
        <p class="muted">
          See what an image is made of, then save it as a file that <code>docker load</code> reads. Nothing to install.
        </p>
      </div>
      <ReferenceField size="large" text="" inspect={props.inspect} />
      <p class="home-file">
        <FileButton name="Open a file" open={props.openFile} />
        <span class="muted">
          An image in a tar, as <code>docker save</code> and others write it: drop it anywhere. Nothing of it is sent.
        </span>
      </p>
      <p class="home-file">
        <a class="button button-small" href="#/bundle">
          Bundle images
        </a>
        <span class="muted">Several images and platforms in one archive, for a machine without a network.</span>
      </p>
      <section class="home-list" aria-labelledby="examples">
        <h2 id="examples">Examples</h2>
        <ul>
          {EXAMPLES.map(({ reference, about }) => (
            <li key={reference}>
              <a href={`#/${reference}`}>
                <code>{reference}</code>
                <span class="muted">{about}</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      {props.recent.length > 0 && (
        <section class="home-list" aria-labelledby="recent">
          <div class="home-list-head">
            <h2 id="recent">Recent</h2>
            <button
              type="button"
              class="button button-quiet button-small"
              aria-label="Clear recent images"
              onClick={props.clearRecent}
            >
              Clear
            </button>
          </div>
          <ul>
            {props.recent.map(({ reference, openedAtMs }) => (
              <li key={reference}>
                <a href={`#/${reference}`}>
                  <code>{reference}</code>
                  <span class="muted">
                    <Age at={openedAtMs} suffix="ago" />
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p class="home-privacy muted">
        Only the registry, and the relay where one is needed, learns which image you look at: whatever follows # in the
        address stays in this browser.
      </p>
    </div>
  );
}
