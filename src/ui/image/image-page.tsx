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

const CompareView = lazily(async () => (await import('../compare/compare-view.tsx')).CompareView);
const FilesView = lazily(async () => (await import('../files/files-view.tsx')).FilesView);
const LayersView = lazily(async () => (await import('../layers/layers-view.tsx')).LayersView);
const ImageFailed = lazily(async () => (await import('./image-failed.tsx')).ImageFailed);
const ConfigView = lazily(async () => (await import('../json/manifest-view.tsx')).ConfigView);
const RootOverview = lazily(async () => (await import('./root-overview.tsx')).RootOverview);
const PlatformsView = lazily(async () => (await import('../platforms/platforms-view.tsx')).PlatformsView);
const TagsView = lazily(async () => (await import('../tags/tags-view.tsx')).TagsView);
const MovedNotice = lazily(async () => (await import('../tags/moved-notice.tsx')).MovedNotice);
const WasteView = lazily(async () => (await import('../waste/waste-view.tsx')).WasteView);
const ManifestView = lazily(async () => (await import('../json/manifest-view.tsx')).ManifestView);

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

export function ImagePage(props: ImagePageProps) {
  const { image, actions } = props;
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
      <ImageHead image={image} choosePlatform={actions.choosePlatform} download={actions.download} />
      {image.movedFrom && <MovedNotice image={image} before={image.movedFrom} address={props.address} />}
      <ViewTabs offered={offered} current={view} address={props.address} />
      <div class="image-view" role="tabpanel" id={panelId(view)} aria-labelledby={tabId(view)}>
        <View {...props} image={image} view={view} />
      </div>
    </>
  );
}

function View(props: ImagePageProps & { image: ReadyImage; view: ViewName }) {
  const { image, view, layer, address, actions } = props;
  const { selected } = image;
  switch (view) {
    case 'manifest':
      return <ManifestView image={image} json={props.json} address={address} />;
    case 'config':
      return selected && <ConfigView image={image} selected={selected} json={props.json} address={address} />;
    case 'layers':
      return <LayersView {...{ image, selected, layer, address }} unpackedSizes={actions.unpackedSizes} />;
    case 'files':
      return (
        selected && (
          <FilesView
            {...{ selected, layer, address }}
            path={props.path}
            line={props.line}
            find={props.find}
            lens={props.lens}
            inspectFiles={actions.inspectFiles}
          />
        )
      );
    case 'waste':
      return selected && <WasteView {...{ selected, address }} inspectFiles={actions.inspectFiles} />;
    case 'platforms':
      return (
        <PlatformsView image={image} openPlatforms={actions.openPlatforms} choosePlatform={actions.choosePlatform} />
      );
    case 'tags':
      return <TagsView image={image} openTags={actions.openTags} />;
    case 'compare':
      return (
        selected && (
          <CompareView
            {...{ image, selected, address }}
            text={props.compareWith}
            path={props.path}
            recent={props.recent}
            credentials={props.credentials}
            compare={actions.compare}
            inspectFiles={actions.inspectFiles}
            openTags={actions.openTags}
          />
        )
      );
    case 'overview':
      return selected === undefined ? (
        <RootOverview image={image} />
      ) : (
        <Overview
          {...{ image, selected, address }}
          choosePlatform={actions.choosePlatform}
          unpackedSizes={actions.unpackedSizes}
        />
      );
  }
}

/** An artifact's or schema 1's config is not read, an index has no layers, static files no tags: no tab leads nowhere. */
function offeredViews({ selected, root, platforms, transport }: ReadyImage): ViewName[] {
  return [
    'overview',
    ...(root.kind === 'index' && platforms.length > 0 ? (['platforms'] as const) : []),
    'manifest',
    ...(selected === undefined ? [] : (['config'] as const)),
    ...(selected !== undefined || root.kind === 'schema1' ? (['layers'] as const) : []),
    ...(selected === undefined ? [] : (['files', 'waste'] as const)),
    ...(transport.via === 'static' || transport.via === 'file' ? [] : (['tags'] as const)),
    ...(selected === undefined ? [] : (['compare'] as const)),
  ];
}
