/** The top of an image page: which image this is, what it costs, and the way to have it. */
import type { Digest as DigestText } from '../../core/digest.ts';
import { formatPlatform } from '../../core/platform.ts';
import type { Actions, PlatformChoice, PlatformImage, ReadyImage, TransportView } from '../../page/model.ts';
import { Age } from '../age/age.tsx';
import { CopyButton } from '../copy/copy-button.tsx';
import { Digest } from '../digest/digest.tsx';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { DownloadOfferControls } from './download-offer.tsx';
import './image-head.css';

export function ImageHead(props: { image: ReadyImage; actions: Actions }) {
  const { image, actions } = props;
  const { selected } = image;
  // A manifest that was made here has a digest that nobody else knows.
  const isMade = selected !== undefined && image.archive?.manifestMade === true;
  const digest = isMade ? selected.manifest.config.digest : image.root.digest;
  return (
    <header class="image-head">
      <h1>{image.title}</h1>
      <p class="image-facts">
        <span class="image-digest">
          {isMade && <span class="muted">Image ID</span>}
          <Digest digest={digest} />
          <CopyButton name={isMade ? 'Copy image ID' : 'Copy digest'} text={digest} />
        </span>
        {selected !== undefined && <PlatformPicker image={image} selected={selected} choose={actions.choosePlatform} />}
        <Kind image={image} />
        <Transport transport={image.transport} />
      </p>
      {hasFormats(image) && <DownloadOfferControls image={image} actions={actions} />}
      {image.whyNoDownload !== undefined && <p class="why-no-download">{image.whyNoDownload}</p>}
    </header>
  );
}

/** What is on this machine already is not saved again, and schema 1 is in no archive. */
function hasFormats({ selected, root, transport }: ReadyImage): boolean {
  return transport.via !== 'file' && (selected?.offer !== undefined || root.kind !== 'schema1');
}

function PlatformPicker(props: { image: ReadyImage; selected: PlatformImage; choose: (digest: DigestText) => void }) {
  const { platforms, selectedDigest } = props.image;
  if (platforms.length < 2) return <span>{platforms[0]?.label ?? formatPlatform(props.selected.config.platform)}</span>;
  return (
    <span class="platform-picker">
      <select
        class="select"
        aria-label="Platform"
        value={selectedDigest}
        onChange={(event) => {
          const chosen = findPlatform(platforms, event.currentTarget.value);
          if (chosen !== undefined) props.choose(chosen.digest);
        }}
      >
        {platforms.map((platform) => (
          <option key={platform.digest} value={platform.digest}>
            {platform.label}
          </option>
        ))}
      </select>
      <span class="muted">of {platforms.length}</span>
    </span>
  );
}

function findPlatform(platforms: readonly PlatformChoice[], value: string): PlatformChoice | undefined {
  return platforms.find((platform) => platform.digest === value);
}

/** Size, layers and age of an image; for the rest, what it is. */
function Kind(props: { image: ReadyImage }) {
  const { selected, root } = props.image;
  if (selected !== undefined) {
    const count = selected.layers.length;
    return (
      <>
        <span title={formatExactBytes(selected.transferBytes)}>{formatSize(selected.transferBytes)}</span>
        <span>
          {count} {count === 1 ? 'layer' : 'layers'}
        </span>
        <Age at={selected.config.created} suffix="old" />
      </>
    );
  }
  if (root.kind === 'artifact') {
    return (
      <span>
        artifact <code>{root.artifactType}</code>
      </span>
    );
  }
  if (root.kind === 'schema1') return <span>Docker schema 1, {root.architecture}</span>;
  return <span>{root.kind}</span>;
}

function Transport(props: { transport: TransportView }) {
  return (
    <span class="transport" title={props.transport.reason}>
      <Icon name={props.transport.via === 'relay' ? 'relay' : 'direct'} />
      {props.transport.label}
      {props.transport.withAccount === true && (
        <span title="with your account">
          <Icon name="lock" />
          <span class="unseen">with your account</span>
        </span>
      )}
    </span>
  );
}
