/** Format, Download with the exact size, and what the click will cost. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ARCHIVE_FORMATS, type ArchiveFormat } from '../../core/archive/choice.ts';
import type { Actions, DownloadOffer, ReadyImage } from '../../page/model.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { lazily } from '../lazy/lazily.tsx';

const FORMAT_NOTE_ID = 'format-note';

const FormatOffer = lazily(async () => (await import('../formats/format-offer.tsx')).FormatOffer);
const ZstdWarning = lazily(async () => (await import('../formats/zstd-warning.tsx')).ZstdWarning);

export interface DownloadOfferProps {
  readonly image: ReadyImage;
  readonly actions: Actions;
}

export function DownloadOfferControls({ image, actions }: DownloadOfferProps) {
  const { selected, root } = image;
  const [chosen, setChosen] = useState<ArchiveFormat>('docker+oci');
  const formats = ARCHIVE_FORMATS.filter((format) => selected !== undefined || format === 'oci');
  const format = formats.find((one) => one === chosen) ?? 'oci';
  const picker = (
    <select
      class="select"
      aria-label="Format"
      aria-describedby={FORMAT_NOTE_ID}
      value={format}
      onChange={({ currentTarget }) => {
        const next = formats.find((one) => one === currentTarget.value);
        if (next !== undefined) setChosen(next);
      }}
    >
      {formats.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  );
  const offer = selected?.offer;
  return (
    <div class="download-offer">
      {format === 'docker+oci' ? (
        offer && (
          <Offer {...{ picker, offer }} download={() => actions.download({ format })}>
            One tar that Docker, Podman, containerd and skopeo all read.
          </Offer>
        )
      ) : (
        <FormatOffer key={`${format} ${selected?.manifest.digest ?? root.digest}`} {...{ picker, format, actions }} />
      )}
      {selected?.layers.some(({ mediaType }) => mediaType.endsWith('zstd')) && <ZstdWarning format={format} />}
    </div>
  );
}

export interface OfferProps {
  readonly picker: ComponentChildren;
  readonly offer: DownloadOffer;
  readonly download: () => void;
  /** What kind of archive it is. */
  readonly children: ComponentChildren;
}

export function Offer({ picker, offer, download, children }: OfferProps) {
  return (
    <>
      <div class="download-controls">
        {picker}
        <DownloadButton {...{ offer, download }}>Download {formatSize(offer.archiveBytes)}</DownloadButton>
      </div>
      <p class="download-cost">{describeCost(offer)}</p>
      <FormatNote>{children}</FormatNote>
    </>
  );
}

export interface DownloadButtonProps {
  readonly offer: Pick<DownloadOffer, 'archiveBytes' | 'fileName'>;
  readonly download: () => void;
  readonly children: ComponentChildren;
}

export function DownloadButton({ offer, download, children }: DownloadButtonProps) {
  return (
    <button
      type="button"
      class="button button-primary"
      title={`${formatExactBytes(offer.archiveBytes)}, ${offer.fileName}`}
      onClick={download}
    >
      <Icon name="download" />
      <span>{children}</span>
    </button>
  );
}

export function FormatNote(props: { children: ComponentChildren }) {
  return (
    <p class="download-note muted" id={FORMAT_NOTE_ID}>
      {props.children}
    </p>
  );
}

export function describeCost(offer: Pick<DownloadOffer, 'archiveBytes' | 'cachedBytes'>): string {
  if (offer.cachedBytes === 0) return 'None of it is here yet';
  if (offer.cachedBytes >= offer.archiveBytes) return 'All of it is already here';
  return `${formatSize(offer.cachedBytes)} of it is already here`;
}
