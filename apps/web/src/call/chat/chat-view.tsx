import { t } from '@lingui/core/macro';
import type { Meeting, Role } from '@waterbus/client';
import { type Conversation, type Mentionable, mentionsIn, useConversationState } from '@waterbus/react';
import { useEffect, useState } from 'react';
import { mayWritePrivately } from '../people/may-write-privately.js';
import { AddresseeChoice } from './addressee.js';
import { ChatInput } from './chat-input.js';
import { plainText } from './markdown.js';
import { Messages } from './message-list.js';
import { Uploads } from './uploads.js';
import { useTakesFiles } from './use-takes-files.js';
import { whyNoChat, whyNotPrivately } from './why-no-chat.js';
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
  const { to, answered } = useConversationState(conversation);
  const partners = people.filter((one) => mayWritePrivately(meeting, role, one.role ?? 'guest'));
  const barred = to ? whyNotPrivately(meeting, to, partners) : whyNoChat(meeting, role);
  const privates = conversation.private;
  const takesFiles = useTakesFiles();
  const uploads = uploadsOf(conversation);
  const send = (text: string) => {
    if (to) {
      void privates?.send('userId' in to ? { userId: to.userId } : { participantId: to.participantId }, to.name, text);
      return;
    }
    const files = uploads.take();
    // As the server does for a message without text: older pages show the names.
    const written = text || files.map(({ name }) => name).join('\n');
    const about = { mentions: mentionsIn(text, people), replyTo: answered?.seq, files: files.map(({ id }) => id) };
    void conversation.send(written, about);
    conversation.answer(undefined);
  };
  return (
    <>
      <Messages
        conversation={conversation}
        mayWrite={!whyNoChat(meeting, role)}
        mayWritePrivately={partners.length > 0}
        mayDeleteAll={mayDeleteAll}
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
        onNoReply={() => conversation.answer(undefined)}
        people={to ? NOBODY : people}
        uploads={takesFiles && !to ? uploads : undefined}
        addressee={
          privates &&
          (partners.length > 0 || to) && (
            <AddresseeChoice to={to} people={partners} onChange={(one) => conversation.writeTo(one)} />
          )
        }
        to={to}
        onSend={send}
      />
    </>
  );
}

const NOBODY: [] = [];

/** Uploads go on while the panel is closed. */
function uploadsOf(conversation: Conversation): Uploads {
  const known = uploads.get(conversation) ?? new Uploads(conversation.chat);
  uploads.set(conversation, known);
  return known;
}

const uploads = new WeakMap<Conversation, Uploads>();

/**
 * Announces new messages to screen readers. The list itself cannot: it would announce older
 * messages that are loaded, too.
 */
function NewMessages({ conversation }: { conversation: Conversation }) {
  const [said, setSaid] = useState('');
  useEffect(
    () =>
      conversation.onArrival((messages) =>
        setSaid(
          messages
            .map(({ author, text, isPrivate }) => {
              const from = isPrivate ? t`${{ name: author.name }}, privately to you` : author.name;
              return `${from}: ${plainText(text)}`;
            })
            .join('. '),
        ),
      ),
    [conversation],
  );
  return (
    <div className="visually-hidden" role="status">
      {said}
    </div>
  );
}
