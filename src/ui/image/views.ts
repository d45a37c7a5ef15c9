/** The views of an image: names in links (`view=`), in tabs, and the ids that tie tabs to their panel. */
export const VIEWS = [
  { name: 'overview', label: 'Overview' },
  { name: 'platforms', label: 'Platforms' },
  { name: 'manifest', label: 'Manifest' },
  { name: 'config', label: 'Config' },
  { name: 'history', label: 'History' },
  { name: 'layers', label: 'Layers' },
  { name: 'files', label: 'Files' },
  { name: 'waste', label: 'Waste' },
  { name: 'tags', label: 'Tags' },
  { name: 'compare', label: 'Compare' },
  { name: 'take', label: 'Use it' },
] as const;

export type ViewName = (typeof VIEWS)[number]['name'];

/** The view a link asks for, when there is one of that name among those `offered`; the first of them otherwise. */
export function chooseView(asked: string | undefined, offered: readonly ViewName[]): ViewName {
  return offered.find((name) => name === asked) ?? 'overview';
}

export function tabId(view: ViewName): string {
  return `tab-${view}`;
}

export function panelId(view: ViewName): string {
  return `panel-${view}`;
}
