import { useEffect, useRef, useState } from 'react';

/** One answer of the server, which the page reads when it opens and on `reload`. */
export interface Answer<T> {
  /** Undefined: not arrived yet. The former value is shown during a reload, and after a failed one. */
  value: T | undefined;
  busy: boolean;
  failure: unknown;
  reload(): Promise<void>;
}

export function useAnswer<T>(read: () => Promise<T>): Answer<T> {
  const [value, setValue] = useState<T>();
  const [busy, setBusy] = useState(true);
  const [failure, setFailure] = useState<unknown>();
  /** Counts the requests: an answer to any but the last one is out of date. */
  const requested = useRef(0);

  const reload = async () => {
    requested.current += 1;
    const question = requested.current;
    setBusy(true);
    try {
      const answer = await read();
      if (question !== requested.current) return;
      setValue(answer);
      setFailure(undefined);
    } catch (error) {
      if (question === requested.current) setFailure(error);
    } finally {
      if (question === requested.current) setBusy(false);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; another answer has another key
  useEffect(() => {
    void reload();
    return () => {
      requested.current += 1;
    };
  }, []);
  return { value, busy, failure, reload };
}
