/** The platforms of an index, each a choice; attestations and other children are counted, not offered. */
import type { Digest } from '../../core/digest.ts';
import type { Descriptor } from '../../core/manifest.ts';
import type { PlatformChoice } from '../../page/model.ts';
import './platform-list.css';

export function PlatformList(props: {
  platforms: readonly PlatformChoice[];
  others: readonly Descriptor[];
  selected: Digest | undefined;
  choose: (digest: Digest) => void;
}) {
  return (
    <section>
      <h2>
        Platforms <span class="muted">{props.platforms.length}</span>
      </h2>
      <PlatformButtons platforms={props.platforms} selected={props.selected} choose={props.choose} />
      {props.others.length > 0 && <p class="platform-others muted">{countOthers(props.others)}</p>}
    </section>
  );
}

export function PlatformButtons(props: {
  platforms: readonly PlatformChoice[];
  selected?: Digest | undefined;
  choose: (digest: Digest) => void;
}) {
  return (
    <ul class="platform-buttons">
      {props.platforms.map((platform) => (
        <li key={platform.digest}>
          <button
            type="button"
            class="button button-small"
            aria-pressed={props.selected === undefined ? undefined : platform.digest === props.selected}
            title={platform.digest}
            onClick={() => props.choose(platform.digest)}
          >
            {platform.label}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** "The index also lists 6 attestations and 1 other manifest." */
function countOthers(others: readonly Descriptor[]): string {
  const attestations = others.filter(
    (child) => child.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest',
  ).length;
  const rest = others.length - attestations;
  const parts = [
    ...(attestations > 0 ? [`${attestations} attestation${attestations === 1 ? '' : 's'}`] : []),
    ...(rest > 0 ? [`${rest} other manifest${rest === 1 ? '' : 's'}`] : []),
  ];
  return `The index also lists ${parts.join(' and ')}.`;
}
