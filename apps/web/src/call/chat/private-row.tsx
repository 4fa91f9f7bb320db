import { t } from '@lingui/core/macro';
import type { Message, OwnPrivateMessage } from '@waterbus/client';
import type { Conversation } from '@waterbus/react';
import { Lock } from 'lucide-react';
import { useRef } from 'react';
import { formats } from '../../language/language.js';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { MessageActions } from './message-actions.js';
import { MessageText } from './message-text.js';

/** A message between this user and one other person. */
export function PrivateRow(props: { conversation: Conversation; message: OwnPrivateMessage; mayWrite: boolean }) {
  const { conversation, message, mayWrite } = props;
  const { own, author, to } = message;
  const row = useRef<HTMLLIElement>(null);
  const partner = own ? to : author;
  const time = new Date(message.createdAt);
  const reply = () =>
    conversation.writeTo({
      name: partner.name,
      ...(partner.userId === null ? { participantId: partner.participantId ?? '' } : { userId: partner.userId }),
    });
  const remove = () => {
    row.current?.focus();
    conversation.private
      ?.delete(message.id)
      .catch((error) => toast(t`The message could not be deleted. ${{ reason: messageOf(error) }}`));
  };
  return (
    <li ref={row} className="message" data-private="" data-own={own ? '' : undefined} tabIndex={-1}>
      <p className="message-head">
        <strong>{own ? t`You` : author.name}</strong>
        {!own && author.userId === null && <span>{t`Guest`}</span>}
        <time dateTime={message.createdAt} title={time.toLocaleString(formats())}>
          {time.toLocaleTimeString(formats(), { hour: '2-digit', minute: '2-digit' })}
        </time>
      </p>
      <PrivateMark to={own ? to.name : undefined} />
      <div className="message-body">
        <div className="message-text">
          <MessageText message={asMessage(message)} isMe={conversation.isMe} />
        </div>
        <MessageActions
          onReact={undefined}
          onReply={mayWrite ? reply : undefined}
          onEdit={undefined}
          onDelete={own ? remove : undefined}
        />
      </div>
    </li>
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
