import { t } from '@lingui/core/macro';
import type { Invitation } from '@waterbus/client';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { account } from '../sign-in/account.js';
import { LoadMore } from './load-more.js';
import { usePages } from './use-pages.js';
import { useSubmission } from './use-submission.js';

/** Invitations to answer; empty when there are none. */
export function InvitationsList({ onAccepted }: { onAccepted: () => void }) {
  const pages = usePages((cursor) => account.invitations({ cursor }));
  if (!pages.items?.length) return null;
  return (
    <section className="invitations" aria-labelledby="invitations-heading">
      <h2 id="invitations-heading">{t`Invitations`}</h2>
      <ul className="list">
        {pages.items.map((invitation) => (
          <InvitationRow
            key={invitation.id}
            invitation={invitation}
            onAnswered={(accepted) => {
              pages.remove(invitation);
              toast(accepted ? t`You are a member of ${{ title: invitation.meeting.title }}` : t`Invitation declined`);
              if (accepted) onAccepted();
            }}
          />
        ))}
      </ul>
      <LoadMore pages={pages} />
    </section>
  );
}

function InvitationRow(props: { invitation: Invitation; onAnswered: (accepted: boolean) => void }) {
  const { invitation, onAnswered } = props;
  const { id, meeting, role } = invitation;
  const accepting = useSubmission(async () => {
    await account.acceptInvitation({ id });
    onAnswered(true);
  });
  const declining = useSubmission(async () => {
    await account.declineInvitation({ id });
    onAnswered(false);
  });
  const busy = accepting.busy || declining.busy;
  return (
    <li className="row">
      <span className="row-text">
        <span className="row-title">{meeting.title}</span>
        <span className="row-detail">{role === 'moderator' ? t`As a moderator` : t`As a member`}</span>
        <Failure of={accepting.failure ?? declining.failure} />
      </span>
      <span className="row-actions">
        <button
          type="button"
          className="button small"
          aria-disabled={busy}
          aria-label={t`Decline the invitation to ${{ title: meeting.title }}`}
          onClick={() => !busy && void declining.run()}
        >
          {t`Decline`}
        </button>
        <button
          type="button"
          className="button small primary"
          aria-disabled={busy}
          aria-label={t`Accept the invitation to ${{ title: meeting.title }}`}
          onClick={() => !busy && void accepting.run()}
        >
          {t`Accept`}
        </button>
      </span>
    </li>
  );
}
