import type { Call, Meeting } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { SidePanel } from '../../parts/side-panel.js';
import { ChatInput } from './chat-input.js';
import type { Conversation } from './conversation.js';
import { plainText } from './markdown.js';
import { MessageList } from './message-list.js';
import { useConversationState } from './use-conversation.js';
import { whyNoChat } from './why-no-chat.js';

/** The meeting's messages, and the field to write one. */
export function ChatPanel(props: {
  call: Call;
  conversation: Conversation;
  meeting: Meeting | undefined;
  onClose: () => void;
}) {
  const { call, conversation, meeting, onClose } = props;
  const state = useConversationState(conversation);
  const barred = whyNoChat(meeting, call.local.role);
  return (
    <SidePanel title="Chat" onClose={onClose}>
      <MessageList
        conversation={conversation}
        state={state}
        mayWrite={!barred}
        mayDeleteAll={call.grants.moderate}
        emptyText={
          call.local.role === 'guest'
            ? 'No messages yet. You see what is written while you are here.'
            : 'No messages yet.'
        }
      />
      <NewMessages conversation={conversation} />
      <ChatInput
        barred={barred}
        draft={conversation.draft}
        onDraft={(text) => {
          conversation.draft = text;
        }}
        onSend={(text) => void conversation.send(text)}
      />
    </SidePanel>
  );
}

/**
 * Announces new messages to screen readers. The list itself cannot: it would announce older
 * messages that are loaded, too.
 */
function NewMessages({ conversation }: { conversation: Conversation }) {
  const [said, setSaid] = useState('');
  useEffect(
    () =>
      conversation.onArrival((messages) =>
        setSaid(messages.map(({ author, text }) => `${author.name}: ${plainText(text)}`).join('. ')),
      ),
    [conversation],
  );
  return (
    <div className="visually-hidden" role="status">
      {said}
    </div>
  );
}
