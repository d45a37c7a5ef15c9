/**
 * The tabs of an image page. Each is a link, so that a view can be opened elsewhere and shared; arrows walk them.
 * https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 */
import type { Address } from './address.ts';
import { panelId, tabId, VIEWS, type ViewName } from './views.ts';
import './view-tabs.css';

/** Another view begins at its beginning. */
const WITHOUT_PLACE = {
  layer: undefined,
  path: undefined,
  json: undefined,
  line: undefined,
  find: undefined,
  lens: undefined,
};

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export function ViewTabs(props: { offered: readonly ViewName[]; current: ViewName; address: Address }) {
  const tabs = VIEWS.filter((view) => props.offered.includes(view.name));

  function walk(event: KeyboardEvent) {
    const at = tabs.findIndex((view) => view.name === props.current);
    const step = STEPS[event.key];
    const target =
      event.key === 'Home' ? 0 : event.key === 'End' ? tabs.length - 1 : step === undefined ? undefined : at + step;
    const next = target === undefined ? undefined : tabs[(target + tabs.length) % tabs.length];
    const tab = next && document.getElementById(tabId(next.name));
    if (!tab) return;
    event.preventDefault();
    tab.focus();
    tab.click();
  }

  return (
    <div class="view-tabs" role="tablist" aria-label="Views" tabIndex={-1} onKeyDown={walk}>
      {tabs.map((view) => {
        const selected = view.name === props.current;
        return (
          <a
            key={view.name}
            id={tabId(view.name)}
            role="tab"
            href={props.address({ ...WITHOUT_PLACE, view: view.name === 'overview' ? undefined : view.name })}
            aria-selected={selected}
            aria-controls={selected ? panelId(view.name) : undefined}
            tabIndex={selected ? 0 : -1}
          >
            {view.label}
          </a>
        );
      })}
    </div>
  );
}
