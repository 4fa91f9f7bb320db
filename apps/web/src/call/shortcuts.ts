export type Shortcut = 'microphone' | 'camera' | 'chat' | 'people';

/** The keys, as shown in tooltips and to assistive technology. */
export const shortcutKeys: Record<Shortcut, string> = { microphone: 'm', camera: 'v', chat: 'c', people: 'p' };

/**
 * The action of a key press; undefined while the user types, holds the key down or uses a browser's
 * own shortcut.
 */
export function shortcutOf(press: KeyPress): Shortcut | undefined {
  if (press.repeat || press.ctrlKey || press.metaKey || press.altKey || isTyping(press.target)) return undefined;
  const key = press.key.toLowerCase();
  return (Object.keys(shortcutKeys) as Shortcut[]).find((shortcut) => shortcutKeys[shortcut] === key);
}

/** The used part of a KeyboardEvent. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  target: unknown;
}

/** A select handles letters, too: they choose an entry. */
function isTyping(target: unknown): boolean {
  const element = target as { tagName?: string; isContentEditable?: boolean } | null;
  return element?.isContentEditable === true || /^(?:INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? '');
}
