import { useCallback, useRef, useState } from 'react';

export type Panel = 'chat' | 'people';

/** Which panel is open. Closing one gives the focus back to where it was when it was opened. */
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
