import { t } from '@lingui/core/macro';
import type { Meeting, Role } from '@waterbus/client';
import { type Arrival, ChatArrivals, type Conversation, type Mentionable, useConversationState } from '@waterbus/react';
import { mayWritePrivately } from '../people/may-write-privately.js';
import { AddresseeChoice } from './addressee.js';
import { ChatInput } from './chat-input.js';
import { plainText } from './markdown.js';
import { Messages } from './message-list.js';
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
  const { to } = useConversationState(conversation);
  const takesFiles = useTakesFiles();
  const partners = people.filter((one) => mayWritePrivately(meeting, role, one.role ?? 'guest'));
  const barred = to ? whyNotPrivately(meeting, to, partners) : whyNoChat(meeting, role);
  const offersPrivate = conversation.private !== undefined && (partners.length > 0 || to !== undefined);
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
      <ChatArrivals conversation={conversation} text={announcementOf} />
      <ChatInput
        conversation={conversation}
        barred={barred}
        people={people}
        takesFiles={takesFiles}
        addressee={
          offersPrivate && <AddresseeChoice to={to} people={partners} onChange={(one) => conversation.writeTo(one)} />
        }
      />
    </>
  );
}

function announcementOf({ author, text, isPrivate }: Arrival): string {
  const from = isPrivate ? t`${{ name: author.name }}, privately to you` : author.name;
  return `${from}: ${plainText(text)}`;
}
