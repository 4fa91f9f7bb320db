import { t } from '@lingui/core/macro';
import type { Message } from '@waterbus/client';
import type { Conversation } from '@waterbus/react';
import { useRef, useState } from 'react';
import { formats } from '../../language/language.js';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { MessageActions } from './message-actions.js';
import { MessageEditor } from './message-editor.js';
import { hasOwnText, MessageFiles } from './message-files.js';
import { MessageText } from './message-text.js';
import { QuotedMessage } from './quoted-message.js';
import { ReactionPicker, ReactionRow } from './reactions.js';

export function MessageRow(props: {
  conversation: Conversation;
  message: Message;
  /** The message that this one answers, if it is known. */
  answered: Message | undefined;
  own: boolean;
  /** The message before is by the same author. */
  follows: boolean;
  mayWrite: boolean;
  mayDeleteAll: boolean;
  onReply: () => void;
  onJump: (seq: number) => void;
}) {
  const { conversation, message, answered, own, follows, mayWrite, mayDeleteAll, onReply, onJump } = props;
  const [open, setOpen] = useState<'editor' | 'reactions'>();
  const row = useRef<HTMLLIElement>(null);
  const deleted = message.deletedAt !== null;
  const stop = () => {
    setOpen(undefined);
    // The field disappears, and the focus must stay in the row.
    row.current?.focus();
  };
  const remove = () => {
    // The button disappears with the text.
    row.current?.focus();
    conversation
      .delete(message.id)
      .catch((error) => toast(t`The message could not be deleted. ${{ reason: messageOf(error) }}`));
  };
  const react = (emoji: string, on: boolean) => {
    if (open === 'reactions') stop();
    conversation
      .react(message, emoji, on)
      .catch((error) => toast(t`No reaction was added. ${{ reason: messageOf(error) }}`));
  };
  return (
    <li
      ref={row}
      className="message"
      data-seq={message.seq}
      data-own={own ? '' : undefined}
      data-follows={follows ? '' : undefined}
      data-mentions-me={conversation.mentionsMe(message) ? '' : undefined}
      tabIndex={-1}
    >
      <MessageHead message={message} own={own} hidden={follows} />
      {message.replyTo && !deleted && <QuotedMessage message={answered} onJump={() => onJump(message.replyTo!)} />}
      {open === 'editor' && !deleted ? (
        <MessageEditor text={message.text} onSave={(text) => conversation.edit(message.id, text)} onDone={stop} />
      ) : (
        <div className="message-body">
          <div className={deleted ? 'message-text deleted' : 'message-text'}>
            {deleted
              ? t`Message deleted`
              : hasOwnText(message) && <MessageText message={message} isMe={conversation.isMe} />}
            {message.editedAt && !deleted && <span className="message-edited"> {t`(edited)`}</span>}
          </div>
          {!deleted && (mayWrite || own || mayDeleteAll) && (
            <MessageActions
              onReact={mayWrite ? () => setOpen(open === 'reactions' ? undefined : 'reactions') : undefined}
              onReply={mayWrite ? onReply : undefined}
              onEdit={own && mayWrite ? () => setOpen('editor') : undefined}
              onDelete={own || mayDeleteAll ? remove : undefined}
            />
          )}
        </div>
      )}
      {!deleted && message.files && message.files.length > 0 && (
        <MessageFiles chat={conversation.chat} files={message.files} />
      )}
      {open === 'reactions' && !deleted && <ReactionPicker onChoose={(emoji) => react(emoji, true)} onClose={stop} />}
      {!deleted && (
        <ReactionRow
          reactions={message.reactions?.list ?? []}
          isMe={conversation.isMe}
          onReact={mayWrite ? react : undefined}
        />
      )}
    </li>
  );
}

function MessageHead({ message, own, hidden }: { message: Message; own: boolean; hidden: boolean }) {
  const time = new Date(message.createdAt);
  return (
    <p className={hidden ? 'visually-hidden' : 'message-head'}>
      <strong>{own ? t`You` : message.author.name}</strong>
      {!own && isGuest(message) && <span>{t`Guest`}</span>}
      <time dateTime={message.createdAt} title={time.toLocaleString(formats())}>
        {time.toLocaleTimeString(formats(), { hour: '2-digit', minute: '2-digit' })}
      </time>
    </p>
  );
}

/** Without an account, a participant can write under any name. */
function isGuest({ author }: Message): boolean {
  return author.userId === null && author.participantId !== null;
}
