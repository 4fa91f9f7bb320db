import { t } from '@lingui/core/macro';
import type { Message, OwnPrivateMessage } from '@waterbus/client';
import { formats } from '../../language/language.js';

/** Who wrote a message, and when. */
export function MessageHead(props: {
  message: Message | OwnPrivateMessage;
  own: boolean;
  /** Only for screen readers: the message before is by the same author. */
  hidden?: boolean;
}) {
  const { message, own, hidden = false } = props;
  const { author, createdAt } = message;
  const time = new Date(createdAt);
  return (
    <p className={hidden ? 'visually-hidden' : 'message-head'}>
      <strong>{own ? t`You` : author.name}</strong>
      {!own && isGuest(author) && <span>{t`Guest`}</span>}
      <time dateTime={createdAt} title={time.toLocaleString(formats())}>
        {time.toLocaleTimeString(formats(), { hour: '2-digit', minute: '2-digit' })}
      </time>
    </p>
  );
}

/** Without an account, a participant can write under any name. */
function isGuest({ userId, participantId }: { userId: string | null; participantId: string | null }): boolean {
  return userId === null && participantId !== null;
}
