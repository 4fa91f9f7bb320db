import { type SurroundingPage, surroundingPage } from '@waterbus/embed';
import { useEffect, useState } from 'react';

/** Undefined until the page around the frame has answered. */
export function useSurroundingPage(): SurroundingPage | undefined {
  const [page, setPage] = useState<SurroundingPage>();
  useEffect(() => {
    const gone = new AbortController();
    void surroundingPage(window, gone.signal).then((found) => !gone.signal.aborted && setPage(found));
    return () => gone.abort();
  }, []);
  return page;
}
