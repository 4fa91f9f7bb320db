import type { Call } from '@waterbus/client';
import { type SubmitEvent, useState } from 'react';
import { useChat } from '../chat/use-chat.js';

/** The English texts of `Chat`. */
export const CHAT_LABELS = {
  chat: 'Chat',
  message: 'Message',
  send: 'Send',
  sending: 'Sending…',
  notSent: 'Not sent.',
  retry: 'Try again',
  giveUp: 'Discard',
  incomplete: 'Some messages could not be loaded.',
};

/** The meeting's messages and a field for one more. A message whose sending failed stays below. */
export function Chat(props: { call: Call; labels?: Partial<typeof CHAT_LABELS> }) {
  const { messages, outgoing, loading, conversation } = useChat(props.call);
  const [text, setText] = useState('');
  const labels = { ...CHAT_LABELS, ...props.labels };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!text.trim()) return;
    void conversation.send(text.trim());
    setText('');
  };
  return (
    <section aria-label={labels.chat} data-waterbus="chat">
      {loading === 'failed' && <p role="status">{labels.incomplete}</p>}
      <ol role="log" data-waterbus="messages">
        {messages.flatMap((message) =>
          message.deletedAt ? (
            []
          ) : (
            <li key={message.seq} data-waterbus="message">
              <b>{message.author.name}</b> <span>{message.text}</span>
            </li>
          ),
        )}
        {outgoing.map(({ clientId, text: unsent, failure }) => (
          <li key={clientId} data-waterbus="message" data-outgoing="">
            <span>{unsent}</span> {failure === undefined ? labels.sending : labels.notSent}
            {failure !== undefined && (
              <>
                <button type="button" onClick={() => void conversation.retry(clientId)}>
                  {labels.retry}
                </button>
                <button type="button" onClick={() => conversation.giveUp(clientId)}>
                  {labels.giveUp}
                </button>
              </>
            )}
          </li>
        ))}
      </ol>
      <form onSubmit={submit}>
        <input
          aria-label={labels.message}
          value={text}
          maxLength={4000}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">{labels.send}</button>
      </form>
    </section>
  );
}
