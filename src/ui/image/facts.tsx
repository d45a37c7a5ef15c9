/** The short facts of an image, as names and values in columns. */
import type { ComponentChildren } from 'preact';
import { formatPlatform } from '../../core/platform.ts';
import type { PlatformImage, ReadyImage } from '../../page/model.ts';
import { Age, formatMoment } from '../age/age.tsx';
import { Digest } from '../digest/digest.tsx';
import { lazily } from '../lazy/lazily.tsx';
import './facts.css';

const RateLimitFact = lazily(async () => (await import('../tags/rate-limit-fact.tsx')).RateLimitFact);

export function ImageFacts(props: { image: ReadyImage; selected: PlatformImage }) {
  const { manifest, config } = props.selected;
  return (
    <dl class="facts">
      <Fact name="Platform">{formatPlatform(config.platform)}</Fact>
      <Fact name="Created">
        {config.created === undefined ? (
          'not recorded'
        ) : (
          <>
            {formatMoment(config.created)} <span class="muted">({<Age at={config.created} suffix="old" />})</span>
          </>
        )}
      </Fact>
      <Fact name="User">{config.user || 'root'}</Fact>
      <Fact name="Working directory">
        <code>{config.workingDir || '/'}</code>
      </Fact>
      <Fact name="Ports">
        {config.exposedPorts.length === 0 ? 'none' : <code>{config.exposedPorts.join(' ')}</code>}
      </Fact>
      {config.volumes.length > 0 && (
        <Fact name="Volumes">
          <code>{config.volumes.join(' ')}</code>
        </Fact>
      )}
      {config.stopSignal !== undefined && <Fact name="Stop signal">{config.stopSignal}</Fact>}
      {config.author && <Fact name="Author">{config.author}</Fact>}
      {props.image.root.kind === 'index' && (
        <Fact name="Manifest">
          <Digest digest={manifest.digest} />
        </Fact>
      )}
      <Fact name="Config (image ID)">
        <Digest digest={manifest.config.digest} />
      </Fact>
      <TransportFact image={props.image} />
    </dl>
  );
}

export function TransportFact(props: { image: ReadyImage }) {
  const { rateLimit, transport } = props.image;
  const { label, reason, via } = transport;
  return (
    <>
      <Fact name="Transport">
        {label}
        {reason !== undefined && <span class="muted"> — {reason}</span>}
      </Fact>
      {rateLimit !== undefined && <RateLimitFact headers={rateLimit} via={via} />}
    </>
  );
}

export function Fact(props: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
