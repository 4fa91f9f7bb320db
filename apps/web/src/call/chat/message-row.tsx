import { t } from '@lingui/core/macro';
import { type Conversation, type ListedMessage, type MessageControls, MessageItem } from '@waterbus/react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { MessageActions, removing } from './message-actions.js';
import { MessageEditor } from './message-editor.js';
import { hasOwnText, MessageFiles } from './message-files.js';
import { MessageHead } from './message-head.js';
import { MessageText } from './message-text.js';
import { QuotedMessage } from './quoted-message.js';
import { ReactionPicker, ReactionRow } from './reactions.js';

interface RowProps {
  conversation: Conversation;
  listed: ListedMessage & { isPrivate: false };
  mayWrite: boolean;
  mayDeleteAll: boolean;
  onJump: (seq: number) => void;
}

export function MessageRow(props: RowProps) {
  const { message, own, follows } = props.listed;
  return (
    <MessageItem conversation={props.conversation} listed={props.listed} className="message">
      {(controls) => (
        <>
          <MessageHead message={message} own={own} hidden={follows} />
          {message.deletedAt === null ? (
            <Content {...props} controls={controls} />
          ) : (
            <div className="message-body">
              <div className="message-text deleted">{t`Message deleted`}</div>
            </div>
          )}
        </>
      )}
    </MessageItem>
  );
}

/** A message that is not deleted. */
function Content(props: RowProps & { controls: MessageControls }) {
  const { conversation, listed, mayWrite, mayDeleteAll, onJump, controls } = props;
  const { message, answered, own } = listed;
  const { open, setOpen, close } = controls;
  const { files = [], replyTo } = message;
  const react = (emoji: string, on: boolean) => {
    controls.react(emoji, on).catch((error) => toast(t`No reaction was added. ${{ reason: messageOf(error) }}`));
  };
  return (
    <>
      {replyTo && <QuotedMessage message={answered} onJump={() => onJump(replyTo)} />}
      {open === 'editor' ? (
        <MessageEditor text={message.text} onSave={controls.save} onDone={close} />
      ) : (
        <div className="message-body">
          <div className="message-text">
            {hasOwnText(message) && <MessageText message={message} isMe={conversation.isMe} />}
            {message.editedAt && <span className="message-edited"> {t`(edited)`}</span>}
          </div>
          {(mayWrite || own || mayDeleteAll) && (
            <MessageActions
              onReact={mayWrite ? () => setOpen(open === 'reactions' ? undefined : 'reactions') : undefined}
              onReply={mayWrite ? controls.reply : undefined}
              onEdit={own && mayWrite ? () => setOpen('editor') : undefined}
              onDelete={own || mayDeleteAll ? () => removing(controls.remove()) : undefined}
            />
          )}
        </div>
      )}
      {files.length > 0 && <MessageFiles chat={conversation.chat} files={files} />}
      {open === 'reactions' && <ReactionPicker onChoose={(emoji) => react(emoji, true)} onClose={close} />}
      <ReactionRow
        reactions={message.reactions?.list ?? []}
        isMe={conversation.isMe}
        onReact={mayWrite ? react : undefined}
      />
    </>
  );
}
