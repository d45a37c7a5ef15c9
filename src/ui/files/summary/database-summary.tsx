/** An SQLite database: its header and the names of its tables. */
import type { SqliteFacts } from '../../../core/layer/summaries/sqlite-header.ts';
import { formatSize } from '../../format-size.ts';
import { showName } from '../words.ts';
import { SummaryFacts } from './summary-facts.tsx';

export function DatabaseSummary({ facts }: { facts: SqliteFacts }) {
  const { tables } = facts;
  return (
    <SummaryFacts
      facts={[
        ['Kind', 'SQLite database'],
        ['Pages', `${facts.pages} of ${formatSize(facts.pageBytes)}`],
        ['Text', facts.encoding],
        ['Written by', `SQLite ${facts.writtenBy}`],
        ['User version', facts.userVersion !== 0 && String(facts.userVersion)],
        [
          'Tables',
          tables === undefined ? (
            'could not be read'
          ) : (
            <ul key="tables" class="summary-words">
              {tables.slice(0, 500).map((name, at) => (
                <li key={`${at} ${name}`}>
                  <code>{showName(name)}</code>
                </li>
              ))}
            </ul>
          ),
        ],
      ]}
    />
  );
}
