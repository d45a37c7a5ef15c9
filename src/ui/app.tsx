/**
 * The whole page, composed from values and callbacks: it fetches nothing and stores nothing. `src/ui/main.tsx` owns
 * the signals and passes them in.
 */
import { type ReadonlySignal, useComputed } from '@preact/signals';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { PulltabError } from '../core/errors.ts';
import { formatReference } from '../core/reference.ts';
import type { Credentials } from '../page/credentials.ts';
import type { Actions, ArchiveState, ImageState, JobView, RecentImage } from '../page/model.ts';
import type { UserSettings } from '../page/user-settings.ts';
import type { Route } from '../protocol/route.ts';
import './tokens.css';
import './base.css';
import { Header } from './chrome/header.tsx';
import { NoticeBanner } from './chrome/notice-banner.tsx';
import { CopyToast } from './copy/copy-toast.tsx';
import { addressWithin } from './image/address.ts';
import { ImagePage } from './image/image-page.tsx';
import { ImageSkeleton } from './image/image-skeleton.tsx';
import { lazily } from './lazy/lazily.tsx';
import './app.css';

const Dock = lazily(async () => (await import('./downloads/dock.tsx')).Dock);
const DropTarget = lazily(async () => (await import('./open/drop-target.tsx')).DropTarget);
const Home = lazily(async () => (await import('./home/home.tsx')).Home);
const HelpDialog = lazily(async () => (await import('./chrome/help-dialog.tsx')).HelpDialog);
const Opened = lazily(async () => (await import('./open/opened.tsx')).Opened);
const OtherPage = lazily(async () => (await import('./other-page.tsx')).OtherPage);

export interface AppProps {
  readonly route: ReadonlySignal<Route>;
  readonly image: ReadonlySignal<ImageState | undefined>;
  readonly archive: ReadonlySignal<ArchiveState | undefined>;
  readonly jobs: ReadonlySignal<readonly JobView[]>;
  readonly recent: ReadonlySignal<readonly RecentImage[]>;
  /** A fault of the settings or the storage, which no image is to blame for. */
  readonly notice: ReadonlySignal<PulltabError | undefined>;
  readonly userSettings: Promise<UserSettings>;
  readonly credentials: Credentials;
  readonly actions: Actions;
}

export function App(props: AppProps) {
  const { actions } = props;
  const route = props.route.value;
  const [helpOpen, setHelpOpen] = useState(false);
  const showHelp = useCallback(() => setHelpOpen(true), []);
  useEffect(() => startKeys(showHelp), [showHelp]);
  // The page is drawn anew when the first job comes and the last one goes, not for each step of their progress.
  const hasJobs = useComputed(() => props.jobs.value.length > 0);

  const title = pageTitle(route, props.image.value);
  useEffect(() => {
    document.title = title;
  }, [title]);

  return (
    <>
      <Header text={fieldText(route)} inspect={actions.inspect} showHelp={showHelp} />
      <main class="main">
        <NoticeBanner error={props.notice.value} />
        <Page {...props} />
      </main>
      {hasJobs.value && <Dock jobs={props.jobs} actions={actions} />}
      {helpOpen && <HelpDialog close={() => setHelpOpen(false)} />}
      <CopyToast />
      <DropTarget open={actions.openFile} />
    </>
  );
}

function Page(props: AppProps) {
  const { actions } = props;
  const route = props.route.value;
  switch (route.name) {
    case 'home':
      return (
        <Home
          recent={props.recent.value}
          inspect={actions.inspect}
          clearRecent={actions.clearRecent}
          openFile={actions.openFile}
        />
      );
    case 'open':
      return (
        <Opened
          archive={props.archive.value}
          image={props.image.value}
          params={route.params}
          openFile={actions.openFile}
          choosePlatform={actions.choosePlatform}
        >
          <Viewed {...props} route={route} />
        </Opened>
      );
    case 'image':
    case 'sample':
      return <Viewed {...props} route={route} />;
    case 'pasted':
      return <ImageSkeleton title={route.text} doing="" />;
    default:
      return <OtherPage {...props} route={route} />;
  }
}

type ViewRoute = Extract<Route, { name: 'image' | 'sample' | 'open' }>;

function Viewed(props: Omit<AppProps, 'route'> & { route: ViewRoute }) {
  const { route, actions } = props;
  return (
    <ImagePage
      image={props.image.value}
      view={route.params.view}
      layer={route.params.layer}
      path={route.params.path}
      json={route.params.json}
      line={route.params.line}
      find={route.params.find}
      lens={route.params.lens}
      compareWith={route.params.with}
      recent={props.recent.value}
      address={addressWithin(route)}
      credentials={props.credentials}
      actions={actions}
    />
  );
}

/** What the header's field holds; undefined where the page has the one field itself. */
function fieldText(route: Route): string | undefined {
  switch (route.name) {
    case 'home':
    case 'bundle':
      return undefined;
    case 'image':
    case 'diagnose':
      return formatReference(route.reference);
    case 'invalid':
    case 'pasted':
      return route.text;
    case 'sample':
      return route.name;
    default:
      return '';
  }
}

function pageTitle(route: Route, image: ImageState | undefined): string {
  const shown = route.name === 'image' || route.name === 'sample' || route.name === 'open' ? image?.title : undefined;
  return shown === undefined ? 'Pulltab' : `${shown} · Pulltab`;
}

/** Without their code the page works all the same, by pointer and Tab. */
function startKeys(showHelp: () => void): () => void {
  const listening = import('./chrome/keys.ts').then(
    ({ listenToKeys }) => listenToKeys(showHelp),
    () => () => undefined,
  );
  return () => void listening.then((stop) => stop());
}
