import { useCallback, useRef, useState } from 'react';

export type Panel = 'chat' | 'people' | 'polls';

/** The open panel. Closing it returns the focus to the element that had it before. */
export function usePanel() {
  const [panel, setPanel] = useState<Panel>();
  const openedFrom = useRef<Element>(null);
  const close = useCallback(() => {
    setPanel(undefined);
    if (openedFrom.current instanceof HTMLElement) openedFrom.current.focus();
  }, []);
  const toggle = useCallback(
    (wanted: Panel) => {
      if (panel === wanted) return close();
      if (!panel) openedFrom.current = document.activeElement;
      setPanel(wanted);
    },
    [panel, close],
  );
  return { panel, toggle, close };
}
