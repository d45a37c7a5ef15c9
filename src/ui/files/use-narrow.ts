/** Whether the window is a phone's: columns stand below the name then, and a file takes the list's place. */
import { useEffect, useState } from 'preact/hooks';

const NARROW = '(width < 640px)';

export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const follow = (): void => setNarrow(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return isNarrow;
}
