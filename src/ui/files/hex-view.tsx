/** Bytes as hexadecimal numbers and as the characters that they may be, sixteen a line. */
import { useRef } from 'preact/hooks';
import { type RowsHandle, VirtualRows } from './virtual-rows.tsx';

const PER_LINE = 16;
/** As file-pane.css has it (px). */
const LINE_PX = 20;

export function HexView({ bytes }: { bytes: Uint8Array }) {
  const handle = useRef<RowsHandle>(null);
  return (
    <VirtualRows
      class="file-lines file-hex"
      role="region"
      aria-label="Bytes"
      tabIndex={0}
      count={Math.ceil(bytes.length / PER_LINE)}
      rowHeight={LINE_PX}
      headHeight={0}
      minWidth="78ch"
      handle={handle}
      renderRow={(index, top) => (
        <div key={index} class="file-line" style={{ transform: `translateY(${top}px)` }}>
          <HexLine bytes={bytes} at={index * PER_LINE} />
        </div>
      )}
    />
  );
}

function HexLine({ bytes, at }: { bytes: Uint8Array; at: number }) {
  const line = [...bytes.subarray(at, at + PER_LINE)];
  const numbers = line.map((byte, column) => byte.toString(16).padStart(2, '0') + (column === 7 ? ' ' : ''));
  const characters = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'));
  return (
    <>
      <span class="file-hex-offset">{at.toString(16).padStart(8, '0')}</span>
      <span>{numbers.join(' ').padEnd(PER_LINE * 3 + 1)}</span>
      <span class="file-hex-text">{characters.join('')}</span>
    </>
  );
}
