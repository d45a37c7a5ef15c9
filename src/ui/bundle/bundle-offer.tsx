/** What one archive of the list takes, and the buttons that save it and keep the list. */
import type { BundleView, BundleOffer as Offer } from '../../page/bundle/model.ts';
import { copyText, isJustCopied } from '../copy/copied.ts';
import { formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { DownloadButton, describeCost } from '../image/download-offer.tsx';

export function BundleOffer({ view, download }: { view: BundleView; download: () => void }) {
  const { offer, pinnedAddress, entries } = view;
  const link = location.href;
  return (
    <section class="bundle-offer" aria-label="Archive">
      <div class="bundle-buttons">
        {offer !== undefined && <DownloadButton {...{ offer, download }}>{downloadWords(offer)}</DownloadButton>}
        {pinnedAddress !== undefined && (
          <a class="button" href={pinnedAddress} title="The link then gives the same bytes when a tag has moved">
            Pin to digests
          </a>
        )}
        <button type="button" class="button" onClick={() => void copyText(link)}>
          <Icon name={isJustCopied(link) ? 'check' : 'copy'} /> Copy link
        </button>
      </div>
      <output class="bundle-cost">{offer === undefined ? waitingWords(view) : costWords(offer)}</output>
      {entries.some(({ images }) => images.some(({ renamed }) => renamed)) && (
        <p class="muted">
          Docker and Podman give a tag to one platform only: the first one has it, the others have their platform behind
          it. In containerd and skopeo the plain tag leads to all of them.
        </p>
      )}
    </section>
  );
}

function downloadWords({ archiveBytes, images, leftOut }: Offer): string {
  const size = formatSize(archiveBytes);
  return leftOut === 0 ? `Download ${size}` : `Download ${images} of ${images + leftOut} images, ${size}`;
}

function costWords(offer: Offer): string {
  const { images, savedBytes, leftOut } = offer;
  const saved = savedBytes === 0 ? '' : `, ${formatSize(savedBytes)} less than one by one`;
  return [
    leftOut === 0
      ? ''
      : `${leftOut === 1 ? 'One image is' : `${leftOut} images are`} left out, for what is said above. `,
    `${images === 1 ? 'One image' : `${images} images`}${saved}. ${describeCost(offer)}.`,
  ].join('');
}

function waitingWords({ entries }: BundleView): string {
  const open = entries.filter(({ doing }) => doing !== undefined).length;
  if (open === 0)
    return entries.some(({ images }) => images.length > 0)
      ? 'Counting the bytes…'
      : 'No image of the list could be opened.';
  return `The exact size is known when all images have been found: ${open} to go.`;
}
