import { t } from '@lingui/core/macro';
export type Shortcut = 'microphone' | 'camera' | 'chat' | 'people' | 'hand' | 'fullscreen';

/** The keys, as listed in the settings. */
export const shortcutList = (): readonly { shortcut: Shortcut; key: string; text: string }[] => [
  { shortcut: 'microphone', key: 'm', text: t`Mute or unmute your microphone` },
  { shortcut: 'camera', key: 'v', text: t`Start or stop your camera` },
  { shortcut: 'chat', key: 'c', text: t`Open or close the chat` },
  { shortcut: 'people', key: 'p', text: t`Open or close the list of people` },
  { shortcut: 'hand', key: 'h', text: t`Raise or lower your hand` },
  { shortcut: 'fullscreen', key: 'f', text: t`Enter or leave full screen` },
];

/**
 * The action of a key press; undefined while the user types, holds the key down or uses a browser's
 * own shortcut.
 */
export function shortcutOf(press: KeyPress): Shortcut | undefined {
  if (press.repeat || press.ctrlKey || press.metaKey || press.altKey || isTyping(press.target)) return undefined;
  const pressed = press.key.toLowerCase();
  return shortcutList().find(({ key }) => key === pressed)?.shortcut;
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
