import { type ComponentType, useEffect, useState } from 'react';

/**
 * A part of a running call whose code is loaded with its first use. Until then, and while the server
 * is unreachable or no longer has the file, it shows `Waiting` and tries again: no part is worth an
 * error or a reload in place of the call, as `lazy` and `loadOnce` would cause.
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
      let timer: ReturnType<typeof setTimeout> | undefined;
      let gone = false;
      const attempt = async (): Promise<void> => {
        try {
          Part ??= (await load()).default;
          if (!gone) setLoaded(true);
        } catch {
          if (!gone) timer = setTimeout(() => void attempt(), AGAIN);
        }
      };
      void attempt();
      return () => {
        gone = true;
        clearTimeout(timer);
      };
    }, []);
    return Part ? <Part {...props} /> : <Waiting {...props} />;
  };
}

/** Milliseconds between attempts. */
const AGAIN = 2_000;
