/** Names and values as an image states them: environment, labels, annotations. Text, save for https addresses. */
import './key-values.css';

export function KeyValues(props: { title: string; entries: readonly (readonly [name: string, value: string])[] }) {
  if (props.entries.length === 0) return null;
  return (
    <section class="key-values">
      <h2>
        {props.title} <span class="muted">{props.entries.length}</span>
      </h2>
      <dl>
        {props.entries.map(([name, value], index) => (
          <div key={`${index} ${name}`}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <code>{isHttpsAddress(value) ? <ExternalLink address={value} /> : value}</code>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** In a window of its own: leaving this one would end the downloads that run in it. */
function ExternalLink(props: { address: string }) {
  return (
    <a href={props.address} target="_blank" rel="noopener noreferrer">
      {props.address}
    </a>
  );
}

function isHttpsAddress(value: string): boolean {
  return value.startsWith('https://') && !/\s/.test(value) && parses(value);
}

/** `URL.canParse` is younger than the oldest browsers served. */
function parses(value: string): boolean {
  try {
    new URL(value);
    return true;
  } catch {
    return false;
  }
}
