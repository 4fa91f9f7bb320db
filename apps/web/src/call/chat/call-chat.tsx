import type { Call, Meeting } from '@waterbus/client';
import type { Conversation } from '@waterbus/react';
import { namesOf } from '../people/names.js';
import { ChatView } from './chat-view.js';
import { useMentionable } from './use-mentionable.js';

/** The chat of the meeting in its call. */
export function CallChat(props: { call: Call; conversation: Conversation; meeting: Meeting | undefined }) {
  const { call, conversation, meeting } = props;
  const { local } = call;
  const mentionable = useMentionable(call.moderation, local.role !== 'guest', local.name, call.participants);
  const names = namesOf(call);
  const people = mentionable.map((one) =>
    'participantId' in one ? { ...one, shown: names.get(one.participantId) } : one,
  );
  return (
    <ChatView
      conversation={conversation}
      meeting={meeting}
      role={local.role}
      mayDeleteAll={call.grants.moderate}
      people={people}
    />
  );
}
