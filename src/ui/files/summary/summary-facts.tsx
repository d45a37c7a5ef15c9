/** Names and values below each other. */
import type { ComponentChildren } from 'preact';

/** Those whose value is undefined or false are left out. */
export function SummaryFacts(props: { facts: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return (
    <dl class="summary-facts">
      {props.facts.map(
        ([name, value]) =>
          value !== undefined &&
          value !== false && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
