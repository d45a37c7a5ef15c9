/** The image page before the answer: the same places, so that nothing moves when it comes. */
import './image-skeleton.css';

export function ImageSkeleton(props: { title: string; doing: string }) {
  return (
    <>
      <header class="image-head">
        <h1>{props.title}</h1>
        <p class="image-facts">
          <output class="skeleton-doing">{props.doing === '' ? '' : `${capitalise(props.doing)}…`}</output>
        </p>
        <div class="download-offer" aria-hidden="true">
          <div class="download-controls">
            <span class="skeleton skeleton-format" />
            <span class="skeleton skeleton-download" />
          </div>
          <p class="download-cost">
            <span class="skeleton skeleton-line" />
          </p>
          <p class="download-note">
            <span class="skeleton skeleton-note" />
          </p>
        </div>
      </header>
      <div class="view-tabs skeleton-tabs" aria-hidden="true">
        <span>Overview</span>
        <span>Manifest</span>
        <span>Config</span>
        <span>Layers</span>
      </div>
      <div class="image-view skeleton-rows" aria-hidden="true">
        <span class="skeleton" />
        <span class="skeleton" />
        <span class="skeleton" />
        <span class="skeleton" />
      </div>
    </>
  );
}

function capitalise(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}
