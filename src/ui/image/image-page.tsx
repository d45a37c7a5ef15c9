/** The page of one image, artifact or index: its head, its tabs and the view that the link asks for. */
import type { Credentials } from '../../page/credentials.ts';
import type { Actions, ImageState, ReadyImage, RecentImage } from '../../page/model.ts';
import { lazily } from '../lazy/lazily.tsx';
import type { Address } from './address.ts';
import { ImageHead } from './image-head.tsx';
import { ImageSkeleton } from './image-skeleton.tsx';
import { Overview } from './overview.tsx';
import { ViewTabs } from './view-tabs.tsx';
import { chooseView, panelId, tabId, type ViewName } from './views.ts';
import './image-page.css';

const ImageFailed = lazily(async () => (await import('./image-failed.tsx')).ImageFailed);
const RootOverview = lazily(async () => (await import('./root-overview.tsx')).RootOverview);
const MovedNotice = lazily(async () => (await import('../tags/moved-notice.tsx')).MovedNotice);

/** The code of all views but the first: links to one of them ask for it while the registry is asked for the image. */
const loadOtherViews = () => import('./other-view.tsx');
const OtherView = lazily(async () => (await loadOtherViews()).OtherView);

export interface ImagePageProps {
  readonly image: ImageState | undefined;
  /** What the link's `view`, `layer`, `path`, `json`, `line`, `find`, `lens` and `with` say. */
  readonly view: string | undefined;
  readonly layer: string | undefined;
  readonly path: string | undefined;
  readonly json: string | undefined;
  readonly line: string | undefined;
  readonly find: string | undefined;
  readonly lens: string | undefined;
  readonly compareWith: string | undefined;
  readonly recent: readonly RecentImage[];
  readonly address: Address;
  readonly credentials: Credentials;
  readonly actions: Actions;
}

export interface ViewProps extends ImagePageProps {
  readonly image: ReadyImage;
  readonly view: ViewName;
}

export function ImagePage(props: ImagePageProps) {
  const { image, actions } = props;
  // Where it cannot be had, the view says so when it is drawn.
  if (props.view !== undefined) loadOtherViews().catch(() => undefined);
  if (image === undefined) return <ImageSkeleton title="" doing="" />;
  if (image.phase === 'loading') return <ImageSkeleton title={image.title} doing={image.doing} />;
  if (image.phase === 'failed') {
    const { reload, choosePlatform } = actions;
    return <ImageFailed {...{ image, reload, choosePlatform }} credentials={props.credentials} />;
  }
  const offered = offeredViews(image);
  const view = chooseView(props.view, offered);
  return (
    <>
      <ImageHead image={image} actions={actions} />
      {image.movedFrom && <MovedNotice image={image} before={image.movedFrom} address={props.address} />}
      <ViewTabs offered={offered} current={view} address={props.address} />
      <div class="image-view" role="tabpanel" id={panelId(view)} aria-labelledby={tabId(view)}>
        <View {...props} image={image} view={view} />
      </div>
    </>
  );
}

function View(props: ViewProps) {
  const { image, view, address, actions } = props;
  const { selected } = image;
  if (view !== 'overview') return <OtherView {...props} view={view} />;
  return selected === undefined ? (
    <RootOverview image={image} download={actions.download} />
  ) : (
    <Overview
      {...{ image, selected, address }}
      choosePlatform={actions.choosePlatform}
      unpackedSizes={actions.unpackedSizes}
    />
  );
}

/** An artifact's or schema 1's config is not read, an index has no layers, static files no tags: no tab leads nowhere. */
function offeredViews({ selected, root, platforms, transport }: ReadyImage): ViewName[] {
  const isElsewhere = transport.via !== 'static' && transport.via !== 'file';
  return [
    'overview',
    ...(root.kind === 'index' && platforms.length > 0 ? (['platforms'] as const) : []),
    'manifest',
    ...(selected === undefined ? [] : (['config', 'history'] as const)),
    ...(selected !== undefined || root.kind === 'schema1' ? (['layers'] as const) : []),
    ...(selected === undefined ? [] : (['files', 'waste'] as const)),
    ...(isElsewhere ? (['tags'] as const) : []),
    ...(selected === undefined ? [] : (['compare'] as const)),
    ...(selected !== undefined && isElsewhere ? (['take'] as const) : []),
  ];
}
