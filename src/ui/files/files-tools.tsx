/** What is listed: of which layer, found by what, through which lens; and the listing as a file. */

import { useCallback } from 'preact/hooks';
import type { Lens } from '../../core/layer/lenses.ts';
import type { Inspection } from '../../page/inspection.ts';
import type { PlatformImage } from '../../page/model.ts';
import type { Address } from '../image/address.ts';
import { formatCreatedBy } from '../image/created-by.ts';
import { formatPackageLens } from '../packages/package-filter.ts';
import type { FilesModel } from './files-model.ts';
import { NameField } from './name-field.tsx';
import { type Find, findsText } from './question.ts';
import { SaveFormats } from './save-formats.tsx';

const LENSES: readonly { readonly lens: Lens; readonly label: string; readonly about: string }[] = [
  { lens: 'set-uid', label: 'Set-uid', about: 'Programs that run with their owner’s or group’s rights' },
  { lens: 'world-writable', label: 'World-writable', about: 'Files and directories that anyone may write' },
  { lens: 'large', label: 'Large', about: 'The largest files' },
  { lens: 'secrets', label: 'Secrets-looking', about: 'Names that keys and passwords usually have' },
];

const LONGEST_STEP = 60;

export interface FilesToolsProps {
  readonly inspection: Inspection;
  readonly model: FilesModel;
  readonly selected: PlatformImage;
  /** The layer whose changes are listed; the merged image where undefined. */
  readonly layer: number | undefined;
  readonly address: Address;
  readonly find: Find | undefined;
  readonly lens: Lens | undefined;
  /** False while packages are listed instead. */
  readonly listsFiles: boolean;
}

export function FilesTools(props: FilesToolsProps) {
  const { model, find, layer, address, listsFiles } = props;
  const searchesText = findsText(find);
  // What is typed changes the address, but each letter is no step to go back to.
  const ask = useCallback((asked: string | undefined) => location.replace(address({ find: asked })), [address]);
  return (
    <div class="files-tools">
      <ScopeField {...props} />
      {listsFiles && <NameField find={find} ask={ask} />}
      {!searchesText && <Lenses {...props} />}
      {listsFiles && !searchesText && layer !== undefined && (
        <label class="files-check">
          <input
            type="checkbox"
            checked={model.hideUnchanged.value}
            onChange={(event) => (model.hideUnchanged.value = event.currentTarget.checked)}
          />
          Only changes
        </label>
      )}
      {listsFiles && <Export {...props} />}
    </div>
  );
}

function ScopeField({ selected, layer, address }: FilesToolsProps) {
  return (
    <select
      class="select files-scope"
      aria-label="Files of"
      value={layer === undefined ? '' : String(layer)}
      onChange={(event) => {
        const at = event.currentTarget.value;
        location.hash = address({ layer: at === '' ? undefined : selected.layers[Number(at)]?.digest });
      }}
    >
      <option value="">Merged image</option>
      {selected.layers.map(({ digest, createdBy }, at) => (
        <option key={`${at} ${digest}`} value={String(at)}>
          Layer {at + 1}
          {createdBy === undefined ? '' : `: ${shortStep(createdBy)}`}
        </option>
      ))}
    </select>
  );
}

function shortStep(createdBy: string): string {
  const step = formatCreatedBy(createdBy);
  return step.length > LONGEST_STEP ? `${step.slice(0, LONGEST_STEP)}…` : step;
}

function Lenses({ lens: current, address, listsFiles }: FilesToolsProps) {
  return (
    <nav class="files-lenses" aria-label="Lenses">
      {LENSES.map(({ lens, label, about }) => (
        <a
          key={lens}
          class="button button-small"
          title={about}
          aria-current={current === lens ? 'true' : undefined}
          href={address({ lens: current === lens ? undefined : lens })}
        >
          {label}
        </a>
      ))}
      <a
        class="button button-small"
        title="What dpkg, apk, rpm, npm and Python say is installed"
        aria-current={listsFiles ? undefined : 'true'}
        // What is searched among packages is no name of a file.
        href={address({
          lens: listsFiles ? formatPackageLens(undefined) : undefined,
          find: undefined,
          path: undefined,
        })}
      >
        Packages
      </a>
    </nav>
  );
}

function Export({ inspection, model, selected }: FilesToolsProps) {
  return (
    <SaveFormats
      what="the listing"
      // A saved listing is whole, or the page says which layers are not in it.
      disabled={inspection.phase.value.phase === 'reading'}
      digest={selected.manifest.digest}
      make={async (format) => {
        const scope = model.scope.peek();
        const of = 'layer' in scope ? `layer-${scope.layer + 1}-files` : 'files';
        const blob = await inspection.exportListing(scope, format);
        return { blob, name: of };
      }}
    />
  );
}
