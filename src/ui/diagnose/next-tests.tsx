/** Tests that the page cannot do itself. */
import type { Finding } from '../../page/diagnosis/model.ts';
import { nextTests } from '../../page/diagnosis/next-tests.ts';
import { CopyButton } from '../copy/copy-button.tsx';

export function NextTests(props: { finding: Finding; base: string; origin: string }) {
  const tests = nextTests(props.finding, props);
  if (tests.length === 0) return null;
  return (
    <section class="diagnose-section">
      <h2>The next test</h2>
      <ul class="diagnose-tests">
        {tests.map(({ title, tells, link, line }) => (
          <li key={title}>
            <p>
              <strong>{title}.</strong> <span class="muted">{tells}</span>
            </p>
            {link !== undefined && (
              <a href={link} target="_blank" rel="noreferrer">
                {link}
              </a>
            )}
            {line !== undefined && <Pasted text={line} name="Copy the line" />}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Text for elsewhere, of which every line is seen whole. */
export function Pasted(props: { text: string; name: string }) {
  return (
    <div class="diagnose-pasted">
      <pre>{props.text}</pre>
      <CopyButton name={props.name} text={props.text} />
    </div>
  );
}
