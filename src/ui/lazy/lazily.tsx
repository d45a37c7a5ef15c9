/** A widget whose code comes when it is first drawn, so that the first image shows without waiting for it. */
import type { ComponentType, FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Draws nothing until `load` has brought the widget, and says so where it cannot be had. */
export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>): FunctionComponent<Props> {
  let Loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [failed, setFailed] = useState(false);
    const [, setLoaded] = useState(Loaded !== undefined);
    useEffect(() => {
      if (Loaded !== undefined) return;
      load().then(
        (component) => {
          Loaded = component;
          setLoaded(true);
        },
        () => setFailed(true),
      );
    }, []);
    if (failed) {
      return (
        <p role="alert" data-code="internal">
          Could not show this part of the page: its code could not be loaded. There is no network, or this page was
          updated. Reload it.
        </p>
      );
    }
    return Loaded === undefined ? null : <Loaded {...props} />;
  };
}
