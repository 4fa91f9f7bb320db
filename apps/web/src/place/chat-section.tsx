import { t } from '@lingui/core/macro';
import { MeetingChat } from '../call/chat/meeting-chat.js';
import { useAccount } from '../sign-in/use-account.js';
import { usePlace } from './use-place.js';

/** The chat of the meeting, as in its call. The chat is the landmark, not its frame. */
export function ChatSection() {
  const { managed, meeting } = usePlace();
  const { userId, user } = useAccount();
  return (
    <section className="card place-chat">
      <h2>{t`Messages`}</h2>
      {userId !== undefined && (
        <MeetingChat managed={managed} shown={meeting} user={{ id: userId, name: user?.name }} />
      )}
    </section>
  );
}
