import type { Call } from '@waterbus/client';
import { type SubmitEvent, useState } from 'react';
import { useChat } from '../call/use-chat.js';

/** The English texts of `Chat`. */
export const CHAT_LABELS = {
  chat: 'Chat',
  message: 'Message',
  send: 'Send',
  incomplete: 'Some messages could not be loaded.',
};

/**
 * The meeting's messages and a field for one more. A text whose sending failed stays in the field.
 *
 * @param props.onFailure Called with the reason.
 */
export function Chat(props: {
  call: Call;
  labels?: Partial<typeof CHAT_LABELS>;
  onFailure?: (error: unknown) => void;
}) {
  const { call, onFailure = () => {} } = props;
  const { messages, failed, send } = useChat(call);
  const [text, setText] = useState('');
  const [sending, setSending] = useState(false);
  const labels = { ...CHAT_LABELS, ...props.labels };
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!text.trim() || sending) return;
    setSending(true);
    await send(text.trim()).then(() => setText(''), onFailure);
    setSending(false);
  };
  return (
    <section aria-label={labels.chat} data-waterbus="chat">
      {failed && <p role="status">{labels.incomplete}</p>}
      <ol role="log" data-waterbus="messages">
        {messages.flatMap((message) =>
          message.deletedAt ? (
            []
          ) : (
            <li key={message.id} data-waterbus="message">
              <b>{message.author.name}</b> <span>{message.text}</span>
            </li>
          ),
        )}
      </ol>
      <form onSubmit={(event) => void submit(event)}>
        <input
          aria-label={labels.message}
          value={text}
          maxLength={4000}
          readOnly={sending}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">{labels.send}</button>
      </form>
    </section>
  );
}
