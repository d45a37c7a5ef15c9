/** Every view of an image but its overview, each with code of its own that comes when it is first shown. */
import { lazily } from '../lazy/lazily.tsx';
import type { ViewProps } from './image-page.tsx';
import type { ViewName } from './views.ts';

const CompareView = lazily(async () => (await import('../compare/compare-view.tsx')).CompareView);
const FilesView = lazily(async () => (await import('../files/files-view.tsx')).FilesView);
const LayersView = lazily(async () => (await import('../layers/layers-view.tsx')).LayersView);
const HistoryView = lazily(async () => (await import('../history/history-view.tsx')).HistoryView);
const TakeView = lazily(async () => (await import('../take/take-view.tsx')).TakeView);
const ConfigView = lazily(async () => (await import('../json/manifest-view.tsx')).ConfigView);
const PlatformsView = lazily(async () => (await import('../platforms/platforms-view.tsx')).PlatformsView);
const TagsView = lazily(async () => (await import('../tags/tags-view.tsx')).TagsView);
const WasteView = lazily(async () => (await import('../waste/waste-view.tsx')).WasteView);
const ManifestView = lazily(async () => (await import('../json/manifest-view.tsx')).ManifestView);

export interface OtherViewProps extends ViewProps {
  readonly view: Exclude<ViewName, 'overview'>;
}

export function OtherView(props: OtherViewProps) {
  const { image, view, layer, address, actions } = props;
  const { selected } = image;
  switch (view) {
    case 'manifest':
      return <ManifestView image={image} json={props.json} address={address} />;
    case 'config':
      return selected && <ConfigView image={image} selected={selected} json={props.json} address={address} />;
    case 'history':
      return selected && <HistoryView {...{ selected, layer, address }} />;
    case 'take':
      return selected && <TakeView {...{ image, selected, address }} />;
    case 'layers':
      return <LayersView {...{ image, selected, layer, address }} {...actions} />;
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
  }
}
