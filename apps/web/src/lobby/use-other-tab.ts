import { useEffect, useRef, useState } from 'react';
import { type OtherTab, watchOtherTab } from '../storage/call-tabs.js';

/** Whether another tab of this browser is in the call, and the function that ends it there. */
export function useOtherTab(code: string): { isElsewhere: boolean; move: () => Promise<void> } {
  const [isElsewhere, setElsewhere] = useState(false);
  const tab = useRef<OtherTab>(undefined);
  useEffect(() => {
    const watched = watchOtherTab(code, setElsewhere);
    tab.current = watched;
    return () => watched.close();
  }, [code]);
  return { isElsewhere, move: async () => tab.current?.move() };
}
