/** An image of an archive on this machine; before there is one, the way to it. */
import type { ComponentChildren } from 'preact';
import type { Actions, ArchiveState, ImageState } from '../../page/model.ts';
import type { ViewParams } from '../../protocol/route.ts';
import { ArchiveBar } from './archive-bar.tsx';
import { OpenPage } from './open-page.tsx';

export interface OpenedProps {
  readonly archive: ArchiveState | undefined;
  readonly image: ImageState | undefined;
  readonly params: ViewParams;
  readonly openFile: Actions['openFile'];
  readonly choosePlatform: Actions['choosePlatform'];
  /** The page of the image. */
  readonly children: ComponentChildren;
}

export function Opened({ archive, image, params, openFile, choosePlatform, children }: OpenedProps) {
  if (image === undefined || image.phase === 'failed' || archive?.phase !== 'open') {
    const failed = archive?.phase === 'open' && image?.phase === 'failed' ? image : undefined;
    return <OpenPage {...{ archive, failed, openFile, choosePlatform, params }} />;
  }
  return (
    <>
      {image.phase === 'ready' && <ArchiveBar {...{ archive, image, openFile }} view={params.view} />}
      {children}
    </>
  );
}
