/** The few pictures of the page: 16 × 16 line drawings in the text's colour, always beside a word or a name. */
const PATHS = {
  alert: 'M8 5.5v3.2M8 11.2v.1M7 2.4 1.6 12a1.2 1.2 0 0 0 1 1.8h10.8a1.2 1.2 0 0 0 1-1.8L9 2.4a1.2 1.2 0 0 0-2 0Z',
  arrow: 'M3 8h9.5M8.5 4l4 4-4 4',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  chevron: 'm6 4 4 4-4 4',
  close: 'm4 4 8 8M12 4l-8 8',
  copy: 'M5.8 5.8V3.6c0-.6.5-1.1 1.1-1.1h5.5c.6 0 1.1.5 1.1 1.1v5.5c0 .6-.5 1.1-1.1 1.1h-2.2M3.6 5.8h5.5c.6 0 1.1.5 1.1 1.1v5.5c0 .6-.5 1.1-1.1 1.1H3.6c-.6 0-1.1-.5-1.1-1.1V6.9c0-.6.5-1.1 1.1-1.1Z',
  direct: 'M2 8h12M10.5 4.5 14 8l-3.5 3.5M2 5.5v5',
  download: 'M8 2.5v7.7M4.8 7.2 8 10.4l3.2-3.2M2.8 13.2h10.4',
  gear: 'M8 5.8a2.2 2.2 0 1 0 .1 0ZM8 1.5v2m0 9v2M1.5 8h2m9 0h2M3.4 3.4l1.4 1.4m6.4 6.4 1.4 1.4m-9.2 0 1.4-1.4m6.4-6.4 1.4-1.4',
  lock: 'M4.5 7V5.3a3.5 3.5 0 0 1 7 0V7M3.2 7h9.6v6.8H3.2z',
  pulse: 'M1.5 8h3l2-5 3 10 2-5h3',
  relay: 'M2 5.5h4.5M2 10.5h4.5M9.5 8H14M11.8 5.8 14 8l-2.2 2.2M6.5 4.2h3v7.6h-3z',
} as const;

export type IconName = keyof typeof PATHS;

/** Hidden from assistive technology: the control or text around it carries the name. */
export function Icon(props: { name: IconName }) {
  return (
    <svg
      class="icon"
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[props.name]} />
    </svg>
  );
}
