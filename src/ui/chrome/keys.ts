/**
 * The keys that work on every page; loaded after it. None of them acts while someone is typing or holds a modifier.
 */
import { copyText } from '../copy/copied.ts';
import { tabId } from '../image/views.ts';
import { REFERENCE_FIELD_ID } from './reference-field.tsx';

/** How long `g` waits for its letter. */
const CHORD_MS = 1200;

const TAB_OF_KEY: Readonly<Record<string, string>> = {
  o: tabId('overview'),
  m: tabId('manifest'),
  c: tabId('config'),
  l: tabId('layers'),
  f: tabId('files'),
  t: tabId('tags'),
};

const PAGE_OF_KEY: Readonly<Record<string, string>> = { a: '#/activity', b: '#/bundle', h: '#/', s: '#/settings' };

/** Listens until the returned function is called. */
export function listenToKeys(showHelp: () => void): () => void {
  let chordUntilMs = 0;

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isDialogOpen()) return;
    const inChord = event.timeStamp < chordUntilMs;
    chordUntilMs = event.key === 'g' && !inChord ? event.timeStamp + CHORD_MS : 0;
    const done = inChord ? goTo(event.key) : act(event.key);
    if (done) event.preventDefault();
  }

  function act(key: string): boolean {
    if (key === '/') return focusField();
    if (key === 'c') return copyFocused();
    if (key !== '?') return false;
    showHelp();
    return true;
  }

  addEventListener('keydown', onKeyDown);
  return () => removeEventListener('keydown', onKeyDown);
}

function goTo(key: string): boolean {
  const page = PAGE_OF_KEY[key];
  if (page !== undefined) {
    location.hash = page;
    return true;
  }
  const tab = document.getElementById(TAB_OF_KEY[key] ?? '');
  tab?.click();
  tab?.focus();
  return tab !== null;
}

function focusField(): boolean {
  const field = document.getElementById(REFERENCE_FIELD_ID);
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return false;
  field.focus();
  field.select();
  return true;
}

function copyFocused(): boolean {
  const text = document.activeElement?.closest('[data-copy]')?.getAttribute('data-copy');
  if (text === null || text === undefined) return false;
  void copyText(text);
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}

function isDialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}
