import type { Message } from '@waterbus/client';
import { useState } from 'react';
import type { Conversation } from '../chat/conversation.js';
import type { ListedMessage } from '../chat/listed-messages.js';
import { type MessageControls, MessageItem } from '../chat/message-item.js';
import { saveFile } from '../chat/save-file.js';
import { writingOf } from '../chat/writing.js';
import type { CHAT_LABELS } from './chat-labels.js';

/** What `Chat` gives each of its messages. */
interface MessageProps {
  conversation: Conversation;
  labels: typeof CHAT_LABELS;
  onFailure: (error: unknown) => void;
}

/** A message in `Chat`: author, text, files and reactions, with the buttons that this user may use. */
export function ChatMessage(props: MessageProps & { listed: ListedMessage; show: (seq: number) => void }) {
  const { conversation, listed, labels, onFailure, show } = props;
  const { message, isPrivate, own } = listed;
  const author = <b>{message.author.name}</b>;
  if (!isPrivate && message.deletedAt !== null) {
    return (
      <MessageItem conversation={conversation} listed={listed}>
        {() => (
          <>
            {author} <i>{labels.deleted}</i>
          </>
        )}
      </MessageItem>
    );
  }
  return (
    <MessageItem conversation={conversation} listed={listed}>
      {(controls) => (
        <>
          {author} {isPrivate && <small>{labels.privately}</small>}
          {!isPrivate && message.replyTo && (
            <button type="button" onClick={() => show(message.replyTo!)}>
              {listed.answered?.text ?? labels.reply}
            </button>
          )}
          {controls.open === 'editor' ? (
            <Editor text={message.text} controls={controls} labels={labels} onFailure={onFailure} />
          ) : (
            <span>{message.text}</span>
          )}
          {!isPrivate && message.editedAt && <small> {labels.edited}</small>}
          {!isPrivate && <Files {...props} message={message} />}
          {!isPrivate && <Reactions {...props} message={message} controls={controls} />}
          <button type="button" onClick={controls.reply}>
            {labels.reply}
          </button>
          {own && !isPrivate && (
            <button type="button" onClick={() => controls.setOpen('editor')}>
              {labels.edit}
            </button>
          )}
          {own && (
            <button type="button" onClick={() => controls.remove().catch(onFailure)}>
              {labels.delete}
            </button>
          )}
        </>
      )}
    </MessageItem>
  );
}

function Files({ conversation, labels, onFailure, message }: MessageProps & { message: Message }) {
  return message.files?.map((file) => (
    <button key={file.id} type="button" onClick={() => saveFile(conversation.chat, file).catch(onFailure)}>
      {labels.download(file.name)}
    </button>
  ));
}

function Reactions(props: MessageProps & { message: Message; controls: MessageControls }) {
  const { conversation, labels, onFailure, message, controls } = props;
  const choosing = controls.open === 'reactions';
  const list = message.reactions?.list ?? [];
  const react = (emoji: string, on: boolean) => controls.react(emoji, on).catch(onFailure);
  return (
    <>
      {list.length > 0 && (
        <ul aria-label={labels.reactions} data-waterbus="reactions">
          {list.map(({ emoji, count, by }) => (
            <li key={emoji}>
              <button
                type="button"
                aria-pressed={by.some(conversation.isMe)}
                onClick={() => react(emoji, !by.some(conversation.isMe))}
              >
                {emoji} {count}
              </button>
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        aria-expanded={choosing}
        onClick={() => controls.setOpen(choosing ? undefined : 'reactions')}
      >
        {labels.react}
      </button>
      {choosing &&
        EMOJIS.map((emoji) => (
          <button key={emoji} type="button" onClick={() => react(emoji, true)}>
            {emoji}
          </button>
        ))}
    </>
  );
}

function Editor(props: Omit<MessageProps, 'conversation'> & { text: string; controls: MessageControls }) {
  const { labels, onFailure, controls } = props;
  const [text, setText] = useState(props.text);
  const { excess, maySend, send, press } = writingOf({
    text,
    onSend: (changed) => void controls.save(changed).then(controls.close, onFailure),
    onEscape: controls.close,
  });
  return (
    <>
      <textarea
        // biome-ignore lint/a11y/noAutofocus: the user has just opened it
        autoFocus
        aria-label={labels.edit}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={press}
      />
      <span role="status">{excess > 0 && labels.excess(excess)}</span>
      <button type="button" aria-disabled={!maySend} onClick={send}>
        {labels.save}
      </button>
      <button type="button" onClick={controls.close}>
        {labels.cancel}
      </button>
    </>
  );
}

const EMOJIS = ['👍', '❤️', '😂', '🎉'];
