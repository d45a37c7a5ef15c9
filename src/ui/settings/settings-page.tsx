/** What this browser was told: accounts, and the way to registries. All of it stays here and holds at once. */
import { useEffect, useState } from 'preact/hooks';
import { asPulltabError, PulltabError } from '../../core/errors.ts';
import type { UserSettings } from '../../page/user-settings.ts';
import { ErrorAlert } from '../error/error-alert.tsx';
import { RegistriesSection } from './registries-section.tsx';
import { RelaySection } from './relay-section.tsx';
import './settings-page.css';

export function SettingsPage(props: { userSettings: Promise<UserSettings> }) {
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
      {settings !== undefined && !(settings instanceof PulltabError) && <Sections settings={settings} />}
    </div>
  );
}

function Sections(props: { settings: UserSettings }) {
  const { settings } = props;
  return (
    <>
      {settings.notKept.value !== undefined && (
        <ErrorAlert error={settings.notKept.value}>What you set here holds until this page is closed.</ErrorAlert>
      )}
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
