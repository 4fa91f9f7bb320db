import { plural } from '@lingui/core/macro';
import type { Conversation } from '@waterbus/react';
import { useEffect } from 'react';
import { toast } from '../../parts/toasts.js';
import { noticeOf } from './notice-of.js';
import { plainly } from './plainly.js';

/** While the chat is closed, shows new messages as toasts. */
export function useArrivals(conversation: Conversation, chatIsOpen: boolean): void {
  useEffect(() => {
    if (chatIsOpen) return;
    return conversation.onArrival((messages) => {
      const { from, text, isMention } = noticeOf(messages, conversation.mentionsMe);
      const many = messages.length > 1 && !isMention;
      if (many) toast(plural({ count: messages.length }, { one: '# new message', other: '# new messages' }));
      else void plainly(text).then((plain) => toast(`${from}: ${beginningOf(plain)}`));
    });
  }, [conversation, chatIsOpen]);
}

function beginningOf(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ')];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')}…` : characters.join('');
}

/** Characters: two lines on a phone. */
const SHOWN = 80;
