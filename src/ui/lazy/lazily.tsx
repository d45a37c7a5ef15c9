/** A widget whose code comes when it is first drawn, so that the first image shows without waiting for it. */
import type { ComponentType, FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { PulltabError } from '../../core/errors.ts';
import { ErrorAlert } from '../error/error-alert.tsx';

/** Draws nothing until `load` has brought the widget, and an error where it cannot be had. */
export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>): FunctionComponent<Props> {
  let Loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [error, setError] = useState<PulltabError | undefined>(undefined);
    const [, setLoaded] = useState(Loaded);
    useEffect(() => {
      if (Loaded !== undefined) return;
      load().then(
        (component) => {
          Loaded = component;
          setLoaded(() => component);
        },
        (cause: unknown) => setError(notLoaded(cause)),
      );
    }, []);
    if (error !== undefined) return <ErrorAlert error={error} />;
    return Loaded === undefined ? null : <Loaded {...props} />;
  };
}

function notLoaded(cause: unknown): PulltabError {
  const seen = 'its code could not be loaded: there is no network, or this page was updated';
  return new PulltabError('internal', { attempted: 'show this part of the page', seen, cause });
}
