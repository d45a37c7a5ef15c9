/** Pages that are about no image, each with code of its own that comes when it is first shown. */
import { formatReference } from '../core/reference.ts';
import type { Route } from '../protocol/route.ts';
import type { AppProps } from './app.tsx';
import { lazily } from './lazy/lazily.tsx';

const Activity = lazily(async () => (await import('./activity/activity.tsx')).Activity);
const BundlePage = lazily(async () => (await import('./bundle/bundle-page.tsx')).BundlePage);
const CachePage = lazily(async () => (await import('./cache/cache-page.tsx')).CachePage);
const Diagnose = lazily(async () => (await import('./diagnose/diagnose.tsx')).Diagnose);
const InvalidAddress = lazily(async () => (await import('./chrome/page-message.tsx')).InvalidAddress);
const SettingsPage = lazily(async () => (await import('./settings/settings-page.tsx')).SettingsPage);

export interface OtherPageProps extends Omit<AppProps, 'route'> {
  readonly route: Exclude<Route, { name: 'home' | 'image' | 'sample' | 'open' | 'pasted' }>;
}

export function OtherPage(props: OtherPageProps) {
  const { route } = props;
  switch (route.name) {
    case 'invalid':
      return <InvalidAddress error={route.error} />;
    case 'activity':
      return <Activity />;
    case 'bundle':
      return <BundlePage query={route.query} openBundle={props.actions.openBundle} />;
    case 'diagnose':
      return (
        <Diagnose
          key={formatReference(route.reference)}
          reference={route.reference}
          diagnose={props.actions.diagnose}
        />
      );
    case 'cache':
      return <CachePage userSettings={props.userSettings} />;
    case 'settings':
      return <SettingsPage userSettings={props.userSettings} credentials={props.credentials} />;
  }
}
