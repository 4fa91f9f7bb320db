import { ChatArrivals } from '../chat/arrivals.js';
import type { Conversation } from '../chat/conversation.js';
import type { ChatCall } from '../chat/conversation-state.js';
import { MessageList } from '../chat/message-list.js';
import { useConversation, useConversationState } from '../chat/use-chat.js';
import type { ComposerOptions } from '../chat/use-composer.js';
import { ChatComposer } from './chat-composer.js';
import { CHAT_LABELS } from './chat-labels.js';
import { ChatMessage } from './chat-message.js';

/**
 * The meeting's messages, with replies, reactions, edits and files, and a field for one more. A
 * message whose sending failed stays below. For another look take its parts: `useConversation`,
 * `MessageList`, `MessageItem`, `useComposer`, `writingOf`, `ChatArrivals`.
 *
 * @param props.onFailure Called when a message could not be changed, deleted or reacted to.
 */
export function Chat(
  props: {
    call: ChatCall;
    labels?: Partial<typeof CHAT_LABELS>;
    onFailure?: (error: unknown) => void;
    className?: string;
  } & ComposerOptions,
) {
  const { call, onFailure = () => {}, className, ...options } = props;
  const conversation = useConversation(call);
  const labels = { ...CHAT_LABELS, ...props.labels };
  return (
    <section aria-label={labels.chat} className={className} data-waterbus="chat">
      <MessageList
        conversation={conversation}
        label={labels.messages}
        draw={(listed, show) => (
          <>
            {listed.firstUnread && <li>{labels.newMessages}</li>}
            <ChatMessage {...{ conversation, listed, labels, onFailure }} show={(seq) => void show(seq)} />
          </>
        )}
        drawUnsent={({ text, failure, retry, giveUp }) => (
          <li data-waterbus="message" data-unsent="">
            <span>{text}</span> <span role="status">{failure === undefined ? labels.sending : labels.notSent}</span>
            {failure !== undefined && (
              <>
                <button type="button" onClick={retry}>
                  {labels.retry}
                </button>
                <button type="button" onClick={giveUp}>
                  {labels.giveUp}
                </button>
              </>
            )}
          </li>
        )}
        drawNew={(_count, follow) => (
          <button type="button" onClick={follow}>
            {labels.newMessages}
          </button>
        )}
      >
        <Loading conversation={conversation} labels={labels} />
      </MessageList>
      <ChatArrivals conversation={conversation} text={({ author, text }) => `${author.name}: ${text}`} />
      <ChatComposer conversation={conversation} labels={labels} options={options} />
    </section>
  );
}

function Loading({ conversation, labels }: { conversation: Conversation; labels: typeof CHAT_LABELS }) {
  const { loading } = useConversationState(conversation);
  if (loading === undefined) return null;
  if (loading !== 'failed') return <p>{labels.loading}</p>;
  return (
    <p role="alert">
      {labels.incomplete}{' '}
      <button type="button" onClick={() => void conversation.read()}>
        {labels.retry}
      </button>
    </p>
  );
}
