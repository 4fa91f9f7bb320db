import { t } from '@lingui/core/macro';
import type { Call, Meeting } from '@waterbus/client';
import type { Conversation } from '@waterbus/react';
import { SidePanel } from '../../parts/side-panel.js';
import { namesOf } from '../people/names.js';
import { ChatView } from './chat-view.js';
import { useMentionable } from './use-mentionable.js';

/** The chat of the meeting in its call. */
export function ChatPanel(props: {
  call: Call;
  conversation: Conversation;
  meeting: Meeting | undefined;
  onClose: () => void;
}) {
  const { call, conversation, meeting, onClose } = props;
  const { local } = call;
  const mentionable = useMentionable(call.moderation, local.role !== 'guest', local.name, call.participants);
  const names = namesOf(call);
  const people = mentionable.map((one) =>
    'participantId' in one ? { ...one, shown: names.get(one.participantId) } : one,
  );
  return (
    <SidePanel title={t`Chat`} onClose={onClose}>
      <ChatView
        conversation={conversation}
        meeting={meeting}
        role={local.role}
        mayDeleteAll={call.grants.moderate}
        people={people}
      />
    </SidePanel>
  );
}
