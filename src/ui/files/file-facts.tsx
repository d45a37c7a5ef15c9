/** What an entry is: mode, owner, times, attributes, where a link leads, and which layers wrote it. */

import type { ComponentChildren } from 'preact';
import { looksSecret } from '../../core/layer/secrets.ts';
import type { LayerView } from '../../page/model.ts';
import type { FileDetails } from '../../protocol/inspector.ts';
import { formatMoment } from '../format-moment.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import type { Address } from '../image/address.ts';
import type { RowLinks } from './file-row.tsx';
import { CHANGE_WORDS, formatMode, formatOctal, showName, TYPE_WORDS } from './words.ts';

export interface FileFactsProps {
  readonly details: FileDetails;
  readonly layers: readonly LayerView[];
  readonly layer: number | undefined;
  readonly links: RowLinks;
  readonly address: Address;
}

export function FileFacts(props: FileFactsProps) {
  const { details } = props;
  const { type, mode, device } = details;
  const secret = type === 'file' ? looksSecret(details.path) : undefined;
  const hasSize = type === 'file' || type === 'directory' || type === 'hardlink';
  return (
    <dl class="file-facts">
      <Fact name="Kind">{TYPE_WORDS[type]}</Fact>
      {hasSize && (
        <Fact name="Size">
          <span title={formatExactBytes(details.size)}>{formatSize(details.size)}</span>
          {type === 'directory' && ` in all, ${details.children} entries`}
        </Fact>
      )}
      <Fact name="Mode">
        <code>{formatMode(type, mode)}</code> <span class="muted">{formatOctal(mode)}</span>
      </Fact>
      <Fact name="Owner">
        {details.uid}:{details.gid}
      </Fact>
      <Fact name="Modified">{formatMoment(details.modifiedAtMs)}</Fact>
      {device !== undefined && (
        <Fact name="Device">
          {device.major}, {device.minor}
        </Fact>
      )}
      {details.linkTarget !== '' && <LinkFact {...props} />}
      {Object.entries(details.xattrs).map(([name, value]) => (
        <Fact key={name} name={<code>{showName(name)}</code>}>
          <code class="file-xattr">{showName(value)}</code>
        </Fact>
      ))}
      {secret !== undefined && <Fact name="Looks like">{secret.reason}</Fact>}
      <WrittenBy {...props} />
    </dl>
  );
}

function Fact(props: { name: ComponentChildren; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function LinkFact({ details, links }: FileFactsProps) {
  const { type, linkTarget, resolved } = details;
  const isHard = type === 'hardlink';
  const end = isHard ? linkTarget : resolved;
  return (
    <Fact name={isHard ? 'Same file as' : 'Leads to'}>
      <code>{showName(isHard ? `/${linkTarget}` : linkTarget)}</code>
      {end === undefined ? (
        <span class="muted"> which is not in the image</span>
      ) : (
        <>
          {' '}
          <a href={links.path(end)}>{isHard ? 'open' : showName(`/${end}`)}</a>
        </>
      )}
    </Fact>
  );
}

function WrittenBy({ details, layers, layer, address }: FileFactsProps) {
  if (details.writtenBy.length === 0) return null;
  return (
    <Fact name="Layers">
      <ul class="file-writers">
        {details.writtenBy.map((writer) => {
          const isShown = writer.layer === layer;
          const name = `layer ${writer.layer + 1}`;
          return (
            <li key={writer.layer}>
              {isShown ? (
                <strong>{name}</strong>
              ) : (
                <a href={address({ layer: layers[writer.layer]?.digest, line: undefined })}>{name}</a>
              )}{' '}
              <span class={`file-change-${writer.change}`}>{CHANGE_WORDS[writer.change]}</span>
              {writer.change !== 'removed' && writer.size > 0 && (
                <span class="muted" title={formatExactBytes(writer.size)}>
                  {' '}
                  {formatSize(writer.size)}
                </span>
              )}
              {writer.opaque && <span class="muted"> and hides all that was in it</span>}
            </li>
          );
        })}
        {layer !== undefined && (
          <li>
            <a href={address({ layer: undefined, line: undefined })}>merged image</a>
          </li>
        )}
      </ul>
    </Fact>
  );
}
