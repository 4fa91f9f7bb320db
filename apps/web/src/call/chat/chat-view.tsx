import { t } from '@lingui/core/macro';
import type { Meeting, Message, Role } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { ChatInput } from './chat-input.js';
import type { Conversation } from './conversation.js';
import { plainText } from './markdown.js';
import { type Mentionable, mentionsIn } from './mentions.js';
import { MessageList } from './message-list.js';
import { useConversationState } from './use-conversation.js';
import { whyNoChat } from './why-no-chat.js';
import '../../styles/chat.css';

/** The meeting's messages, and the field to write one. */
export function ChatView(props: {
  conversation: Conversation;
  meeting: Meeting | undefined;
  role: Role;
  mayDeleteAll: boolean;
  people: readonly Mentionable[];
}) {
  const { conversation, meeting, role, mayDeleteAll, people } = props;
  const state = useConversationState(conversation);
  const barred = whyNoChat(meeting, role);
  const [answered, setAnswered] = useState<Message>();
  const send = (text: string) => {
    void conversation.send(text, { mentions: mentionsIn(text, people), replyTo: answered?.seq });
    setAnswered(undefined);
  };
  return (
    <>
      <MessageList
        conversation={conversation}
        state={state}
        mayWrite={!barred}
        mayDeleteAll={mayDeleteAll}
        onReply={setAnswered}
        emptyText={
          role === 'guest' ? t`No messages yet. You see what is written while you are here.` : t`No messages yet.`
        }
      />
      <NewMessages conversation={conversation} />
      <ChatInput
        barred={barred}
        draft={conversation.draft}
        onDraft={(text) => {
          conversation.draft = text;
        }}
        answered={answered}
        onNoReply={() => setAnswered(undefined)}
        people={people}
        onSend={send}
      />
    </>
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
