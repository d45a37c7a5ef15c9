/** What this browser was told: accounts, and the way to registries. All of it stays here and holds at once. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, PulltabError } from '../../core/errors.ts';
import type { Credentials } from '../../page/credentials.ts';
import type { UserSettings } from '../../page/user-settings.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { AccountsSection } from './accounts-section.tsx';
import { DownloadsSection } from './downloads-section.tsx';
import { ExportSection } from './export-section.tsx';
import { ImportSection } from './import-section.tsx';
import { RegistriesSection } from './registries-section.tsx';
import { RelaySection } from './relay-section.tsx';
import './settings-page.css';

export function SettingsPage(props: { userSettings: Promise<UserSettings>; credentials: Credentials }) {
  const settings = useOpened(props.userSettings);
  return (
    <div class="settings">
      <div>
        <h1>Settings</h1>
        <p class="muted">
          They stay in this browser: no link carries them, and whoever hosts this page never sees them.
        </p>
      </div>
      {settings instanceof PulltabError && <ErrorAlert error={settings} />}
      {settings !== undefined && !(settings instanceof PulltabError) && (
        <Sections settings={settings} credentials={props.credentials} />
      )}
    </div>
  );
}

function Sections(props: { settings: UserSettings; credentials: Credentials }) {
  const { settings, credentials } = props;
  const { relay: address } = settings.merged.value;
  const relay = address === null ? undefined : new URL(address, document.baseURI).host;
  return (
    <>
      {settings.notKept.value !== undefined && (
        <ErrorAlert error={settings.notKept.value}>What you set here holds until this page is closed.</ErrorAlert>
      )}
      <AccountsSection credentials={credentials} relay={relay} />
      <ImportSection credentials={credentials} relay={relay} />
      {credentials.list.value.length > 0 && <ExportSection credentials={credentials} />}
      <DownloadsSection settings={settings} />
      <RelaySection settings={settings} />
      <RegistriesSection settings={settings} />
    </>
  );
}

/** What the promise gives, or why it gives nothing. */
function useOpened<T>(promise: Promise<T>): T | PulltabError | undefined {
  const [opened, setOpened] = useState<T | PulltabError | undefined>(undefined);
  useEffect(() => {
    promise.then(
      (value) => setOpened(() => value),
      (error: unknown) => setOpened(() => asPulltabError(error, 'open the settings')),
    );
  }, [promise]);
  return opened;
}
