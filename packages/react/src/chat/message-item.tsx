import { type ReactNode, useRef, useState } from 'react';
import type { Conversation } from './conversation.js';
import type { ListedMessage } from './listed-messages.js';

/** What a user does with one message. The promises reject with a `WaterbusError`. */
export interface MessageControls {
  /** What stands open at the message. */
  readonly open: 'editor' | 'reactions' | undefined;
  readonly setOpen: (what: 'editor' | 'reactions' | undefined) => void;
  /** Closes it, and focuses the message: the focused part of it disappears. */
  readonly close: () => void;
  /** The message that is written next answers this one, or goes to its private partner alone. */
  readonly reply: () => void;
  readonly save: (text: string) => Promise<void>;
  readonly react: (emoji: string, on: boolean) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/**
 * A message as `li`. For styles: `data-own`, `data-private`, `data-deleted`, `data-follows` and
 * `data-mentions-me`. It takes the focus when what stood open at it closes.
 *
 * @param props.children Draws the message, with what a user can do with it.
 */
export function MessageItem(props: {
  conversation: Conversation;
  listed: ListedMessage;
  className?: string;
  children: (controls: MessageControls) => ReactNode;
}) {
  const { conversation, listed, className } = props;
  const { message, isPrivate, own, follows } = listed;
  const [open, setOpen] = useState<'editor' | 'reactions'>();
  const row = useRef<HTMLLIElement>(null);
  const close = () => {
    setOpen(undefined);
    row.current?.focus();
  };
  const controls: MessageControls = {
    ...{ open, setOpen, close },
    reply: () => (isPrivate ? conversation.answerPrivately(message) : conversation.answer(message)),
    save: (text) => conversation.edit(message.id, text),
    react: async (emoji, on) => {
      if (open === 'reactions') close();
      if (!isPrivate) await conversation.react(message, emoji, on);
    },
    remove: async () => {
      // The button disappears with the text.
      row.current?.focus();
      await (isPrivate ? conversation.private?.delete(message.id) : conversation.delete(message.id));
    },
  };
  return (
    <li
      ref={row}
      className={className}
      data-waterbus="message"
      data-seq={isPrivate ? undefined : message.seq}
      data-own={own ? '' : undefined}
      data-private={isPrivate ? '' : undefined}
      data-deleted={!isPrivate && message.deletedAt !== null ? '' : undefined}
      data-follows={follows ? '' : undefined}
      data-mentions-me={!isPrivate && conversation.mentionsMe(message) ? '' : undefined}
      tabIndex={-1}
    >
      {props.children(controls)}
    </li>
  );
}
