/** One row of the list of files. Drawn anew only when what it shows changes: scrolling moves past hundreds a second. */

import { Component } from 'preact';
import type { FileRow as Row } from '../../protocol/inspector.ts';
import { formatMoment } from '../format-moment.ts';
import { formatExactBytes, formatSize } from '../format-size.ts';
import { Icon } from '../icon/icon.tsx';
import { FileIcon } from './file-icon.tsx';
import {
  baseName,
  CHANGE_SIGNS,
  CHANGE_WORDS,
  formatDay,
  formatMode,
  formatOctal,
  showName,
  TYPE_WORDS,
} from './words.ts';

/** What a row links to. */
export interface RowLinks {
  /** Opens a path. */
  readonly path: (path: string) => string;
  /** What a layer did. */
  readonly layer: (layer: number, change: Row['change']) => string;
}

export interface FileRowProps {
  /** Undefined while its window has not come. */
  readonly row: Row | undefined;
  readonly index: number;
  readonly top: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  /** Searches and lenses list whole paths, without a tree. */
  readonly isFlat: boolean;
  /** Goes by so fast that its name is all that is drawn. */
  readonly isPassing: boolean;
  readonly showsChange: boolean;
  /** Why it is listed, where a lens says so. */
  readonly reason: string | undefined;
  readonly links: RowLinks;
}

// Rows that are placed one by one cannot be a table's own elements: those lose their roles with their display.
const ROW = { role: 'row' } as const;
const CELL = { role: 'gridcell' } as const;

/** Deeper rows stand below each other: a hostile path of a thousand levels would push its name out of sight. */
const DEEPEST_INDENT = 24;

export const rowId = (index: number): string => `file-row-${index}`;

export class FileRow extends Component<FileRowProps> {
  override shouldComponentUpdate(next: FileRowProps): boolean {
    const now = this.props;
    return (
      now.row !== next.row ||
      now.index !== next.index ||
      now.top !== next.top ||
      now.isActive !== next.isActive ||
      now.isOpen !== next.isOpen ||
      now.isFlat !== next.isFlat ||
      now.isPassing !== next.isPassing ||
      now.showsChange !== next.showsChange ||
      now.reason !== next.reason ||
      now.links !== next.links
    );
  }

  override render() {
    const { row, index, top, isActive, isFlat, showsChange, reason, links } = this.props;
    const style = { transform: `translateY(${top}px)` };
    if (row === undefined || this.props.isPassing) {
      return (
        <div {...ROW} class="file-row file-row-passing" style={style}>
          <span {...CELL}>{row === undefined ? '…' : showName(baseName(row.path))}</span>
        </div>
      );
    }
    const { type, mode, change } = row;
    const isDirectory = type === 'directory';
    return (
      <div
        {...roleOf(this.props, row)}
        id={rowId(index)}
        class={`file-row${isActive ? ' file-row-active' : ''}${change === 'removed' ? ' file-row-removed' : ''}`}
        style={style}
        data-index={index}
      >
        <NameCell row={row} isFlat={isFlat} reason={reason} href={links.path(row.path)} />
        {showsChange && <ChangeCell change={change} />}
        <span {...CELL} class="file-size number" title={formatExactBytes(row.size)}>
          {type === 'file' || isDirectory ? formatSize(row.size) : ''}
        </span>
        <span {...CELL} class="file-mode" title={formatOctal(mode)}>
          {formatMode(type, mode)}
        </span>
        <span {...CELL} class="file-owner" title="user and group by number">
          {row.uid}:{row.gid}
        </span>
        <span {...CELL} class="file-time" title={formatMoment(row.modifiedAtMs)}>
          {formatDay(row.modifiedAtMs)}
        </span>
        <span {...CELL} class="file-layer number">
          <a href={links.layer(row.layer, row.change)} tabIndex={-1} title={`What layer ${row.layer + 1} did`}>
            {row.layer + 1}
          </a>
        </span>
      </div>
    );
  }
}

/** The row's place in the grid and in the tree, for assistive technology. */
function roleOf({ index, isFlat, isOpen }: FileRowProps, row: Row) {
  const canUnfold = row.type === 'directory' && !isFlat && row.children > 0;
  return {
    ...ROW,
    // The heads are the first row.
    'aria-rowindex': index + 2,
    'aria-level': isFlat ? 1 : levelOf(row.path),
    'aria-expanded': canUnfold ? row.unfolded : undefined,
    'aria-selected': isOpen,
  };
}

/** What lies in the root is on level 1. */
const levelOf = (path: string): number => path.split('/').length;

function NameCell(props: { row: Row; isFlat: boolean; reason: string | undefined; href: string }) {
  const { row, isFlat, reason, href } = props;
  const { path, type } = row;
  const name = baseName(path);
  const above = isFlat ? path.slice(0, path.length - name.length) : '';
  const canUnfold = type === 'directory' && !isFlat && row.children > 0;
  return (
    <span
      {...CELL}
      class="file-name"
      style={{ paddingLeft: `${isFlat ? 0 : Math.min(levelOf(path) - 1, DEEPEST_INDENT)}rem` }}
      title={`${showName(path)}\n${TYPE_WORDS[type]}`}
    >
      {!isFlat && (
        <span class={`file-fold${row.unfolded ? ' file-fold-open' : ''}`} data-fold={canUnfold ? '' : undefined}>
          {canUnfold && <Icon name="chevron" />}
        </span>
      )}
      <FileIcon type={type} />
      <a class="file-link" href={href} tabIndex={-1}>
        {above !== '' && <span class="file-above">{showName(above)}</span>}
        {showName(name)}
      </a>
      {reason !== undefined && <span class="file-reason">{reason}</span>}
      {row.linkTarget !== '' && <span class="file-target"> → {showName(row.linkTarget)}</span>}
    </span>
  );
}

function ChangeCell({ change }: { change: Row['change'] }) {
  return (
    <span {...CELL} class={`file-change file-change-${change}`} title={CHANGE_WORDS[change]}>
      <span aria-hidden="true">{CHANGE_SIGNS[change]}</span>
      <span class="file-change-word">{change === 'unchanged' ? '' : change}</span>
    </span>
  );
}
