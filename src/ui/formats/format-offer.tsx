/** The offer of a format whose exact length has to be found out first. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ArchiveFormat } from '../../core/archive/choice.ts';
import type { FormatChoice, FormatState } from '../../page/formats/format-choice.ts';
import type { ReferrersFound } from '../../page/formats/oci-contents.ts';
import type { Actions } from '../../page/model.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { formatSize } from '../format-size.ts';
import { FormatNote, Offer } from '../image/download-offer.tsx';
import './format-offer.css';

const NOTES = {
  docker:
    'A docker-archive with uncompressed layers, for loaders that are strict or too old for another. Docker, Podman, containerd and skopeo read it.',
  rootfs: 'The file system alone, all layers merged, as docker export gives it. For tar, docker import and WSL.',
  oci: 'An OCI layout of all that the reference points to: every platform of an index, and its attestations. For containerd, Podman and skopeo.',
} as const satisfies Record<Exclude<ArchiveFormat, 'docker+oci'>, string>;

export interface FormatOfferProps {
  readonly picker: ComponentChildren;
  readonly format: Exclude<ArchiveFormat, 'docker+oci'>;
  readonly actions: Actions;
}

export function FormatOffer({ picker, format, actions }: FormatOfferProps) {
  const [choice, setChoice] = useState<FormatChoice | undefined>(undefined);
  useEffect(() => {
    const left = new AbortController();
    void actions.chooseFormat(format, left.signal).then((chosen) => {
      if (!left.signal.aborted) setChoice(chosen);
    });
    return () => left.abort();
  }, [actions, format]);
  const state = choice?.state.value;
  return (
    <>
      {choice !== undefined && state?.phase === 'ready' ? (
        <Offer {...{ picker, offer: state.offer }} download={choice.download}>
          {NOTES[format]}
          {state.notice !== undefined && <strong class="format-notice">{state.notice}</strong>}
        </Offer>
      ) : (
        <Unready {...{ picker, format, choice, state }} />
      )}
      {choice?.referrers !== undefined && <ReferrersChoice {...choice.referrers} />}
      <output class="download-note format-found muted">
        {state?.phase === 'ready' && state.referrers !== undefined && describeReferrers(state.referrers)}
      </output>
    </>
  );
}

interface UnreadyProps extends Pick<FormatOfferProps, 'picker' | 'format'> {
  readonly choice: FormatChoice | undefined;
  readonly state: FormatState | undefined;
}

function Unready({ picker, format, choice, state }: UnreadyProps) {
  return (
    <>
      <div class="download-controls">
        {picker}
        {choice !== undefined && state?.phase === 'unread' && (
          <button type="button" class="button button-primary" onClick={choice.read}>
            Read the layers first
          </button>
        )}
      </div>
      <output class="download-cost">{state === undefined ? '' : waitingFor(state)}</output>
      {choice !== undefined && state?.phase === 'failed' && (
        <>
          <ErrorAlert error={state.error} />
          <button type="button" class="button button-small" onClick={choice.read}>
            Retry
          </button>
        </>
      )}
      <FormatNote>{NOTES[format]}</FormatNote>
    </>
  );
}

function ReferrersChoice({ wanted, choose }: NonNullable<FormatChoice['referrers']>) {
  return (
    <label class="format-referrers">
      <input type="checkbox" checked={wanted.value} onChange={({ currentTarget }) => choose(currentTarget.checked)} />
      Signatures and other referrers
    </label>
  );
}

function waitingFor(state: FormatState): string {
  if (state.phase === 'preparing') return `The exact size is coming: ${state.doing}`;
  if (state.phase !== 'unread') return '';
  const { readBytes, fetchBytes } = state;
  const cost = fetchBytes === 0 ? `${formatSize(readBytes)}, all of it here` : `${formatSize(fetchBytes)} to fetch`;
  return `The exact size is known when the layers have been read: ${cost}`;
}

/** What was found, how the registry told, and what the archive is then like. */
function describeReferrers({ count, bytes, api, unanswered }: ReferrersFound): string {
  const told = [
    ...(api === 'answered' ? [] : [`${API[api]} They were looked for by their tags.`]),
    ...(unanswered === 0 ? [] : ['Some answers could not be read: there may be more.']),
  ];
  if (count === 0) return ['Nothing is found that refers to this image.', ...told].join(' ');
  const found = `${count === 1 ? '1 referrer' : `${count} referrers`}, ${formatSize(bytes)}.`;
  return [found, ...told, LAYOUT].join(' ');
}

const API = {
  missing: 'This registry has no referrers API.',
  unreadable: 'This registry lets no page read its referrers API.',
} as const;

const LAYOUT = 'Their tags are in referrers/index.json. skopeo asks for the tag of the image then.';
