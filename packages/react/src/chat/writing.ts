import type { KeyboardEvent } from 'react';

/** A field in which a message is written or changed. */
export interface Writing {
  /** Characters beyond the server's limit; 0: it can be sent. A field that cuts would lose its end. */
  readonly excess: number;
  readonly maySend: boolean;
  readonly send: () => void;
  /** Enter sends, Shift and Enter begins a line, and Escape calls `onEscape`. */
  readonly press: (event: KeyboardEvent) => void;
}

/**
 * The keys and limits of a field for a message. `onSend` gets the text without space around it.
 *
 * @param field.hasMore The message has files: it needs no text.
 * @param field.blocked It cannot be sent now.
 * @param field.onEscape Its key is not for the elements around the field; undefined: it is.
 */
export function writingOf(field: {
  text: string;
  hasMore?: boolean;
  blocked?: boolean;
  onSend: (text: string) => void;
  onEscape?: (() => void) | undefined;
}): Writing {
  const { hasMore = false, blocked = false, onSend, onEscape } = field;
  const text = field.text.trim();
  const excess = Math.max(0, text.length - LONGEST_MESSAGE);
  const maySend = (text !== '' || hasMore) && excess === 0 && !blocked;
  const send = () => {
    if (maySend) onSend(text);
  };
  const press = (event: KeyboardEvent) => {
    // While a character is being composed, Enter chooses it, and Escape discards it.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape' && onEscape) {
      event.stopPropagation();
      onEscape();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  };
  return { excess, maySend, send, press };
}

/** Characters, the server's limit. */
const LONGEST_MESSAGE = 4000;
