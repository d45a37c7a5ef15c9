/** A program or a library: what it is for, what it needs, how it was built. */
import type { ElfFacts } from '../../../core/layer/summaries/elf.ts';
import { CopyButton } from '../../copy/copy-button.tsx';
import type { Address } from '../../image/address.ts';
import { formatFind } from '../question.ts';
import { showName } from '../words.ts';
import { SummaryFacts } from './summary-facts.tsx';

const RELRO_WORDS = { full: 'full RELRO', partial: 'partial RELRO', none: 'no RELRO' } as const;

export function ElfSummary({ facts, address }: { facts: ElfFacts; address: Address }) {
  const { bits, littleEndian, hardening, isStripped, hasDebugInfo } = facts;
  const type = facts.type === 'other' ? 'ELF file' : facts.type;
  const linking = facts.isDynamic === undefined ? '' : facts.isDynamic ? ', dynamically linked' : ', statically linked';
  const symbols = isStripped === undefined ? undefined : isStripped ? 'stripped' : 'not stripped';
  const stack = hardening.stackNotExecutable ? 'stack not executable' : 'executable stack';
  return (
    <>
      <SummaryFacts
        facts={[
          ['Kind', `${type.charAt(0).toUpperCase()}${type.slice(1)}${linking}`],
          ['Machine', `${facts.machine}, ${bits} bits, ${littleEndian ? 'little' : 'big'} endian`],
          ['System', facts.osAbi],
          ['Interpreter', facts.interpreter && <Interpreter path={facts.interpreter} address={address} />],
          ['Needs', facts.needed.length > 0 && <Needed names={facts.needed} address={address} />],
          ['Library name', facts.soname && <code>{showName(facts.soname)}</code>],
          [
            'Looks for libraries in',
            (facts.runpath ?? facts.rpath) && <code>{showName(facts.runpath ?? facts.rpath ?? '')}</code>,
          ],
          ['Built by', facts.goVersion && `Go ${facts.goVersion.replace(/^go/, '')}`],
          ['Build ID', facts.buildId && <BuildId id={facts.buildId} />],
          ['Symbols', symbols && `${symbols}${hasDebugInfo ? ', with debug information' : ''}`],
          ['Hardening', facts.isDynamic !== undefined && `${RELRO_WORDS[hardening.relro]}, ${stack}`],
        ]}
      />
      {!facts.isComplete && (
        <p class="muted">The file is damaged, or too large to be read to its end here: this may not be all.</p>
      )}
    </>
  );
}

function Interpreter({ path, address }: { path: string; address: Address }) {
  const link = address({ path, line: undefined });
  return <a href={link}>{showName(path)}</a>;
}

/** Where a library is found is for the loader to say: the link lists what has its name. */
function Needed({ names, address }: { names: readonly string[]; address: Address }) {
  return (
    <ul class="summary-words">
      {names.map((name) => (
        <li key={name}>
          <a
            href={address({ find: formatFind({ kind: 'name', text: name }), path: undefined, lens: undefined })}
            title={`Find ${showName(name)} in the image`}
          >
            {showName(name)}
          </a>
        </li>
      ))}
    </ul>
  );
}

function BuildId({ id }: { id: string }) {
  return (
    <span class="summary-copied">
      <code>{id}</code>
      <CopyButton name="Copy build ID" text={id} />
    </span>
  );
}
