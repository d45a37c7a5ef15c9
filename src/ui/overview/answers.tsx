/** The first questions about an image, answered: what it is, on what it is built, as whom it runs, where it comes from. */
import { formatPlatform } from '../../core/platform.ts';
import { type AboutImage, aboutImage } from '../../core/report/about-image.ts';
import type { Actions, PlatformImage, ReadyImage } from '../../page/model.ts';
import { Age } from '../age/age.tsx';
import { Digest } from '../digest/digest.tsx';
import { formatMoment } from '../format-moment.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import { Fact, TransportFact } from '../image/facts.tsx';
import { formatShellLine } from '../image/shell-line.ts';
import { StatedText } from './stated-text.tsx';
import { sumOfKnown, useUnpacked } from './use-unpacked.ts';
import './answers.css';

interface AnswersProps {
  readonly image: ReadyImage;
  readonly selected: PlatformImage;
  readonly address: Address;
  readonly unpackedSizes: Actions['unpackedSizes'];
}

export function Answers(props: AnswersProps) {
  const { image, selected } = props;
  const { config, manifest } = selected;
  const ofIndex = image.root.kind === 'index' ? [image.root.annotations] : [];
  const about = aboutImage(config, [manifest.annotations, ...ofIndex]);
  return (
    <>
      <p class="answer-sentence">{describe(selected, about)}</p>
      {about.description !== undefined && <p class="muted">It says of itself: “{about.description}”</p>}
      <dl class="facts">
        <BuildFacts {...props} about={about} />
        <RunFacts selected={selected} about={about} />
        <OriginFacts about={about} />
        {config.author && <Fact name="Author">{config.author}</Fact>}
        {image.root.kind === 'index' && (
          <Fact name="Manifest">
            <Digest digest={manifest.digest} />
          </Fact>
        )}
        <Fact name="Config (image ID)">
          <Digest digest={manifest.config.digest} />
        </Fact>
        <TransportFact image={image} />
      </dl>
    </>
  );
}

/** "nginx 1.27 for linux/amd64: runs nginx as root, built on Debian bookworm (a guess)." */
function describe({ config }: PlatformImage, about: AboutImage): string {
  const name = [about.title ?? 'An image', about.version].filter((part) => part !== undefined).join(' ');
  const program = [...(config.entrypoint ?? []), ...(config.cmd ?? [])][0];
  const runs = program === undefined ? 'runs nothing of its own' : `runs ${program} as ${config.user || 'root'}`;
  const base = about.base;
  const on = base === undefined ? '' : `, built on ${base.name}${base.guessedBy === undefined ? '' : ' (a guess)'}`;
  return `${name} for ${formatPlatform(config.platform)}: ${runs}${on}.`;
}

function BuildFacts({ selected, about, address, unpackedSizes }: AnswersProps & { about: AboutImage }) {
  const { config } = selected;
  const { base } = about;
  const unpacked = sumOfKnown(useUnpacked(selected, unpackedSizes), selected.layers.length);
  return (
    <>
      <Fact name="Platform">{formatPlatform(config.platform)}</Fact>
      {config.platform.osVersion !== undefined && <Fact name="OS version">{config.platform.osVersion}</Fact>}
      <Fact name="Created">
        {config.created === undefined ? (
          'not recorded'
        ) : (
          <>
            {formatMoment(config.created, config.created)}{' '}
            <span class="muted">({<Age at={config.created} suffix="old" />})</span>
          </>
        )}
      </Fact>
      <Fact name="Size">
        <span title={formatExactBytes(selected.transferBytes)}>{formatSize(selected.transferBytes)} compressed</span>
        {unpacked === undefined ? (
          <span class="muted">
            , <a href={address({ view: 'files' })}>read the files</a> for the unpacked size
          </span>
        ) : (
          <span title={formatExactBytes(unpacked)}>, {formatSize(unpacked)} unpacked</span>
        )}
      </Fact>
      <Fact name="Base image">
        {base === undefined ? (
          <span class="muted">not stated, and its history gives no hint</span>
        ) : (
          <>
            {base.name}
            {base.digest !== undefined && <code> {base.digest}</code>}
            {base.guessedBy !== undefined && <span class="muted"> (a guess from {base.guessedBy})</span>}
          </>
        )}
      </Fact>
    </>
  );
}

/** Root by name or by number, whatever the group is. */
const ROOT = /^(?:root|0)?(?::|$)/;

function RunFacts({ selected: { config }, about }: { selected: PlatformImage; about: AboutImage }) {
  const runsAsRoot = ROOT.test(config.user ?? '') && config.platform.os !== 'windows';
  return (
    <>
      <Fact name="User">
        {config.user || (config.platform.os === 'windows' ? 'the default of the base image' : 'root')}
        {runsAsRoot && (
          <span class="muted"> — all rights within the container, unless whoever starts it says otherwise</span>
        )}
      </Fact>
      <Fact name="Working directory">
        <code>{config.workingDir || '/'}</code>
      </Fact>
      <Fact name="Ports">
        {config.exposedPorts.length === 0 ? 'none' : <code>{config.exposedPorts.join(' ')}</code>}
      </Fact>
      <Fact name="Volumes">{config.volumes.length === 0 ? 'none' : <code>{config.volumes.join(' ')}</code>}</Fact>
      {config.stopSignal !== undefined && <Fact name="Stop signal">{config.stopSignal}</Fact>}
      <Fact name="Health check">
        {about.healthCheck === undefined ? (
          'none'
        ) : (
          <code>{about.healthCheck.length === 1 ? about.healthCheck[0] : formatShellLine(about.healthCheck)}</code>
        )}
      </Fact>
    </>
  );
}

function OriginFacts({ about }: { about: AboutImage }) {
  const links = [
    { name: 'Source', link: about.source },
    { name: 'Revision', link: about.revision },
    { name: 'Home page', link: about.url },
    { name: 'Documentation', link: about.documentation },
  ];
  return (
    <>
      {links.map(
        ({ name, link }) =>
          link !== undefined && (
            <Fact key={name} name={name}>
              <StatedText text={link.text} address={link.address} />
            </Fact>
          ),
      )}
      {about.vendor !== undefined && <Fact name="Vendor">{about.vendor}</Fact>}
      {about.licenses !== undefined && <Fact name="Licenses">{about.licenses}</Fact>}
    </>
  );
}
