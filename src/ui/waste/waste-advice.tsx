/** What to do about the waste, what saves most first. */
import { ADVICE } from '../../core/layer/waste-advice.ts';
import type { WasteReport } from '../../protocol/inspector.ts';
import { countOf } from '../files/words.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';

export function WasteAdvice({ waste }: { waste: WasteReport }) {
  const helpful = waste.advice.filter(({ bytes }) => bytes > 0);
  if (helpful.length === 0) return null;
  return (
    <section class="waste-advice" aria-labelledby="waste-advice">
      <h2 id="waste-advice">What would help</h2>
      <ul>
        {helpful.map(({ advice, paths, bytes }) => (
          <li key={advice}>
            <span class="number" title={formatExactBytes(bytes)}>
              {formatSize(bytes)}
            </span>
            <div>
              <h3>
                {ADVICE[advice].title} <span class="muted">{countOf(paths, 'path')}</span>
              </h3>
              <p>{withCommands(ADVICE[advice].text)}</p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is between backticks as code. */
function withCommands(text: string) {
  return text.split('`').map((part, at) => (at % 2 === 1 ? <code key={part}>{part}</code> : part));
}
