/** The time that is left until a moment, counted down each second: "in 4 s", "now". */
import { useEffect, useState } from 'preact/hooks';
import { formatDuration } from '../format-duration.ts';

/** @param props.untilMs milliseconds since 1970 */
export function Countdown(props: { untilMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const leftMs = props.untilMs - nowMs;
  return <>{leftMs < 1000 ? 'now' : `in ${formatDuration(leftMs)}`}</>;
}
