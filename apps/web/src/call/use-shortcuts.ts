import { useEffect } from 'react';
import { type Shortcut, shortcutOf } from './shortcuts.js';

/** Calls back on the call's keys, wherever the focus is. */
export function useShortcuts(onShortcut: (shortcut: Shortcut) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event);
      if (!shortcut) return;
      // The action may move the focus, and the key must not be typed there.
      event.preventDefault();
      onShortcut(shortcut);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [onShortcut]);
}
