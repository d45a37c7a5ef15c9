/** Pages that show no image: an address that cannot be read, and one that this version does not have. */
import type { ComponentChildren } from 'preact';
import type { PulltabError } from '../../core/errors.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import './page-message.css';

const SHAPES = [
  { reference: 'nginx', about: 'Docker Hub, its latest tag' },
  { reference: 'nginx:1.27', about: 'one tag' },
  { reference: 'ghcr.io/org/app:1.2', about: 'another registry, by its host' },
  { reference: 'app@sha256:…', about: 'exactly one manifest, by its digest' },
  { reference: 'localhost:5000/app', about: 'a registry on this machine' },
] as const;

/** The address could not be read: what is wrong with it, and how references look. */
export function InvalidAddress(props: { error: PulltabError }) {
  return (
    <PageMessage title="This address cannot be read">
      <ErrorAlert error={props.error}>
        <HomeLink />
      </ErrorAlert>
      <section>
        <h2>How references look</h2>
        <dl class="reference-shapes">
          {SHAPES.map(({ reference, about }) => (
            <div key={reference}>
              <dt>
                <code>{reference}</code>
              </dt>
              <dd class="muted">{about}</dd>
            </div>
          ))}
        </dl>
      </section>
    </PageMessage>
  );
}

function PageMessage(props: { title: string; children: ComponentChildren }) {
  return (
    <div class="page-message">
      <h1>{props.title}</h1>
      {props.children}
    </div>
  );
}

function HomeLink() {
  return (
    <a class="button" href="#/">
      Go to the home page
    </a>
  );
}
