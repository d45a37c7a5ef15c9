/** A moment, said as how long ago it was; the exact moment is in the title. */
import { formatAge } from '../format-age.ts';
import { formatMoment } from '../format-moment.ts';

/** Reproducible builds stamp 0001, 1970 or 1980: no container image is older than Docker. */
const FIRST_IMAGE_MS = Date.UTC(2013, 0, 1);

export function Age(props: { at: number | string | undefined; suffix: 'old' | 'ago' }) {
  const atMs = props.at === undefined ? Number.NaN : new Date(props.at).getTime();
  if (Number.isNaN(atMs)) return <span>undated</span>;
  const exact = new Date(atMs).toISOString();
  const shown = atMs < FIRST_IMAGE_MS ? 'undated' : `${formatAge(Date.now() - atMs)} ${props.suffix}`;
  return (
    <time dateTime={exact} title={formatMoment(exact)}>
      {shown}
    </time>
  );
}
