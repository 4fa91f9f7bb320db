import { t } from '@lingui/core/macro';
import type { GetMeetingResponse, ManagedMeeting } from '@waterbus/client';
import { useConversation } from '@waterbus/react';
import { useState } from 'react';
import { remembered } from '../../storage/remembered.js';
import { ChatView } from './chat-view.js';
import { chatOutside } from './outside.js';
import { useMentionable } from './use-mentionable.js';
import { usePrivate } from './use-private.js';

/**
 * The chat of a meeting outside of its call, for a member. `managed` must be the same object at each
 * render, and `shown` have a membership.
 */
export function MeetingChat(props: {
  managed: ManagedMeeting;
  shown: GetMeetingResponse['meeting'];
  /** `name`: undefined before it was read. */
  user: { id: string; name: string | undefined };
}) {
  const { managed, shown, user } = props;
  const role = shown.membership?.role ?? 'member';
  const [call] = useState(() => chatOutside(managed, { role, userId: user.id }));
  const conversation = useConversation(call, { drafts: remembered });
  usePrivate(conversation, call, shown);
  const people = useMentionable(managed.moderation, true, user.name, NOBODY_HERE);
  return (
    <section className="chat-outside" aria-label={t`Chat`}>
      <ChatView
        conversation={conversation}
        meeting={shown}
        role={role}
        mayDeleteAll={role !== 'member'}
        people={people}
      />
    </section>
  );
}

const NOBODY_HERE: [] = [];
