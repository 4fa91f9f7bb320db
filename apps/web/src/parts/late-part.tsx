import { type ComponentType, useEffect, useState } from 'react';
import { loadAgain } from './load-code.js';

/**
 * A part of a running call whose code is loaded with its first use. Until then, and while the server
 * is unreachable or no longer has the file, it shows `Waiting` and tries again.
 *
 * @param Waiting Omitted: nothing. For a dialog it takes the keys, which would act on the call.
 */
export function latePart<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  Waiting: ComponentType<P> = () => null,
): ComponentType<P> {
  let Part: ComponentType<P> | undefined;
  return function LatePart(props: P) {
    const [, setLoaded] = useState(Part !== undefined);
    useEffect(() => {
      if (Part) return;
      return loadAgain(load, (loaded) => {
        Part = loaded.default;
        setLoaded(true);
      });
    }, []);
    return Part ? <Part {...props} /> : <Waiting {...props} />;
  };
}
