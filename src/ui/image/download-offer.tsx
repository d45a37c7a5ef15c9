/** Format, Download with the exact size, and what the click will cost. */
import type { DownloadOffer } from '../../page/model.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';

const FORMAT_NOTE_ID = 'format-note';

export function DownloadOfferControls(props: { offer: DownloadOffer; download: () => void }) {
  const { offer } = props;
  return (
    <div class="download-offer">
      <div class="download-controls">
        <select class="select" aria-label="Format" aria-describedby={FORMAT_NOTE_ID}>
          <option value="docker+oci">docker+oci</option>
        </select>
        <button
          type="button"
          class="button button-primary"
          title={`${formatExactBytes(offer.archiveBytes)}, ${offer.fileName}`}
          onClick={props.download}
        >
          <Icon name="download" />
          <span>Download {formatSize(offer.archiveBytes)}</span>
        </button>
      </div>
      <p class="download-cost">{describeCost(offer)}</p>
      <p class="download-note muted" id={FORMAT_NOTE_ID}>
        One tar that Docker, Podman, containerd and skopeo all read.
      </p>
    </div>
  );
}

function describeCost(offer: DownloadOffer): string {
  if (offer.cachedBytes === 0) return 'None of it is here yet';
  if (offer.cachedBytes >= offer.archiveBytes) return 'All of it is already here';
  return `${formatSize(offer.cachedBytes)} of it is already here`;
}
