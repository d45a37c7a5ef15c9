/** What an archive holds. */

import type { FileSummary } from '../../../core/layer/summaries/summarize.ts';
import type { ArchivedFile } from '../../../core/layer/summaries/zip.ts';
import { formatMoment } from '../../format-moment.ts';
import { formatExactBytes, formatSize } from '../../format-size.ts';
import { countOf, showName } from '../words.ts';
import { SummaryFacts } from './summary-facts.tsx';
import { SummaryList } from './summary-list.tsx';

type Archive = Extract<FileSummary, { kind: 'zip' | 'tar' }>;

const COMPRESSIONS = { gzip: 'gzip', zstd: 'Zstandard' } as const;

export function ArchiveSummary({ archive }: { archive: Archive }) {
  const { facts } = archive;
  const count = facts?.count ?? 0;
  return (
    <>
      <SummaryFacts
        facts={[
          ['Kind', kindOf(archive)],
          ['Original name', archive.kind === 'tar' && archive.gzip?.name && <code>{showName(archive.gzip.name)}</code>],
          [
            'Packed',
            archive.kind === 'tar' &&
              archive.gzip?.modifiedAtMs !== undefined &&
              formatMoment(archive.gzip.modifiedAtMs),
          ],
          ['Holds', facts && countOf(count, 'entry', 'entries')],
          [
            'Unpacked',
            facts && (
              <span key="size" title={formatExactBytes(facts.uncompressedBytes)}>
                {formatSize(facts.uncompressedBytes)}
              </span>
            ),
          ],
          ['Comment', archive.kind === 'zip' && archive.facts.comment !== '' && showName(archive.facts.comment)],
        ]}
      />
      {archive.kind === 'tar' && archive.facts?.isComplete === false && (
        <p class="files-warning">The archive is damaged, or holds more than is read here: this is not all of it.</p>
      )}
      {facts !== undefined && facts.files.length > 0 && <Files files={facts.files} count={count} />}
    </>
  );
}

function kindOf(archive: Archive): string {
  if (archive.kind === 'zip') return 'Zip archive';
  const by = archive.compression === undefined ? '' : `, compressed by ${COMPRESSIONS[archive.compression]}`;
  return archive.facts === undefined ? `One file${by}` : `Tar archive${by}`;
}

function Files({ files, count }: { files: readonly ArchivedFile[]; count: number }) {
  return (
    <>
      <SummaryList
        name="In the archive"
        heads={['Path', 'Size', 'Modified']}
        count={files.length}
        row={(index) => {
          const file = files[index];
          if (file === undefined) return ['', '', ''];
          const { path, size, isDirectory, modifiedAtMs } = file;
          return [
            `${showName(path)}${isDirectory && !path.endsWith('/') ? '/' : ''}`,
            isDirectory ? '' : formatSize(size),
            modifiedAtMs === undefined ? '' : formatMoment(modifiedAtMs).slice(0, 16),
          ];
        }}
      />
      {count > files.length && (
        <p class="muted">{countOf(count - files.length, 'further entry', 'further entries')} not shown.</p>
      )}
    </>
  );
}
