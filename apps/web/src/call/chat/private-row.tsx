import { t } from '@lingui/core/macro';
import type { Message, OwnPrivateMessage } from '@waterbus/client';
import { type Conversation, type ListedMessage, MessageItem } from '@waterbus/react';
import { Lock } from 'lucide-react';
import { MessageActions, removing } from './message-actions.js';
import { MessageHead } from './message-head.js';
import { MessageText } from './message-text.js';

/** A message between this user and one other person. */
export function PrivateRow(props: {
  conversation: Conversation;
  listed: ListedMessage & { isPrivate: true };
  mayWrite: boolean;
}) {
  const { conversation, listed, mayWrite } = props;
  const { own, to } = listed.message;
  return (
    <MessageItem conversation={conversation} listed={listed} className="message">
      {({ reply, remove }) => (
        <>
          <MessageHead message={listed.message} own={own} />
          <PrivateMark to={own ? to.name : undefined} />
          <div className="message-body">
            <div className="message-text">
              <MessageText message={asMessage(listed.message)} isMe={conversation.isMe} />
            </div>
            <MessageActions
              onReact={undefined}
              onReply={mayWrite ? reply : undefined}
              onEdit={undefined}
              onDelete={own ? () => removing(remove()) : undefined}
            />
          </div>
        </>
      )}
    </MessageItem>
  );
}

/** Undefined: to this user. */
export function PrivateMark({ to }: { to: string | undefined }) {
  return (
    <p className="message-private">
      <Lock size={14} />
      {to === undefined ? t`Privately to you` : t`Privately to ${{ name: to }}`}
    </p>
  );
}

/** For the parts that show messages to all. */
function asMessage(message: OwnPrivateMessage): Message {
  return { ...message, seq: 0, author: { ...message.author, avatarUrl: null }, editedAt: null, deletedAt: null };
}
