/** What kind of entry a row is, as a small drawing beside its name; the kind's word is in the row's title. */
import type { FileRow } from '../../protocol/inspector.ts';

const PATHS: Readonly<Record<FileRow['type'], string>> = {
  directory: 'M1.8 4.2c0-.6.4-1 1-1h3.4l1.5 1.6h5.5c.6 0 1 .4 1 1v6c0 .6-.4 1-1 1H2.8a1 1 0 0 1-1-1Z',
  file: 'M4 1.8h5.2L12.5 5v9.2H4ZM9 2v3.2h3.3',
  hardlink: 'M4 1.8h5.2L12.5 5v9.2H4ZM9 2v3.2h3.3M6.2 9h4m-4 2.4h4',
  symlink: 'M4 1.8h5.2L12.5 5v9.2H4ZM6 11c0-2 1-3 3.6-3M8 6.2 9.8 8 8 9.8',
  'character-device': 'M2.5 3h11v10h-11ZM5 6v4m3-4v4m3-4v4',
  'block-device': 'M2.5 3h11v10h-11ZM2.5 8h11',
  fifo: 'M1.5 6h13M1.5 10h13M4 6v4m8-4v4',
};

export function FileIcon(props: { type: FileRow['type'] }) {
  return (
    <svg
      class={`icon file-icon file-icon-${props.type}`}
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.3"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[props.type]} />
    </svg>
  );
}
