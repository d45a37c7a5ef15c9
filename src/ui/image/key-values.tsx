/** Names and values as an image states them: environment, labels, annotations. Text, save for https addresses. */
import { StatedText } from '../overview/stated-text.tsx';
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
              <code>
                <StatedText text={value} />
              </code>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
