/** `ErrorAlert` for the parts of the page that are loaded first. */
import { lazily } from '../lazy/lazily.tsx';

export const LazyErrorAlert = lazily(async () => (await import('./error-alert.tsx')).ErrorAlert);
