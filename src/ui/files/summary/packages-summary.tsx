/** What one package database says is installed. */
import type { InstalledPackage } from '../../../core/layer/packages/installed-package.ts';
import type { Address } from '../../image/address.ts';
import { formatPackageLens, KIND_NAMES } from '../../packages/package-filter.ts';
import { countOf, showName } from '../words.ts';
import { SummaryFacts } from './summary-facts.tsx';
import { SummaryList } from './summary-list.tsx';

export function PackagesSummary(props: { packages: readonly InstalledPackage[]; address: Address }) {
  const { packages, address } = props;
  const kind = packages[0]?.kind;
  return (
    <>
      <SummaryFacts
        facts={[
          ['Kind', kind === undefined ? 'Package database' : `Package database of ${KIND_NAMES[kind]}`],
          ['Holds', countOf(packages.length, 'package')],
          [
            'In the image',
            <a
              key="all"
              href={address({ lens: formatPackageLens(undefined), path: undefined, find: undefined, layer: undefined })}
            >
              All packages, and which layer brought them
            </a>,
          ],
        ]}
      />
      {packages.length > 0 && (
        <SummaryList
          name="Packages of this database"
          heads={['Name', 'Version', 'Architecture']}
          count={packages.length}
          row={(index) => {
            const found = packages[index];
            return found === undefined
              ? ['', '', '']
              : [showName(found.name), showName(found.version), showName(found.architecture ?? '')];
          }}
        />
      )}
    </>
  );
}
