import { useEffect } from 'react';
import { type Shortcut, shortcutList, shortcutOf } from './shortcuts.js';
import { usePreferences } from './use-preferences.js';

/** Calls back on the call's keys, wherever the focus is, unless the user has turned them off. */
export function useShortcuts(onShortcut: (shortcut: Shortcut) => void): void {
  const { shortcuts } = usePreferences();
  useEffect(() => {
    if (!shortcuts) return;
    const press = (event: KeyboardEvent) => {
      // All dialogs are modal, and a click beside their controls may leave the focus on the page behind.
      if (document.querySelector('dialog[open]')) return;
      const shortcut = shortcutOf(event);
      if (!shortcut) return;
      // The action may move the focus, and the key must not be typed there.
      event.preventDefault();
      onShortcut(shortcut);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [onShortcut, shortcuts]);
}

/** The key of the shortcut, while keys are used. */
export function useShortcutKey(): (shortcut: Shortcut) => string | undefined {
  const { shortcuts } = usePreferences();
  return (shortcut) => (shortcuts ? shortcutList().find((one) => one.shortcut === shortcut)?.key : undefined);
}
