import { useEffect } from 'react';
import { toast } from '../../parts/toasts.js';
import type { Conversation } from './conversation.js';
import { plainText } from './markdown.js';

/** While the chat is closed, shows new messages as toasts. */
export function useArrivals(conversation: Conversation, chatIsOpen: boolean): void {
  useEffect(() => {
    if (chatIsOpen) return;
    return conversation.onArrival((messages) => {
      const { author, text } = messages.at(-1)!;
      toast(
        messages.length > 1 ? `${messages.length} new messages` : `${author.name}: ${beginningOf(plainText(text))}`,
      );
    });
  }, [conversation, chatIsOpen]);
}

function beginningOf(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ')];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')}…` : characters.join('');
}

/** Characters: two lines on a phone. */
const SHOWN = 80;
