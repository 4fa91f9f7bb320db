import { t } from '@lingui/core/macro';
import { useEffect, useState } from 'react';
import { Notice } from '../frame/notice.js';
import { isAlreadyMember, isInvitationGone } from '../messages.js';
import { Failure } from '../parts/failure.js';
import { Link } from '../routing/link.js';
import { meetingPath } from '../routing/route.js';
import { navigate } from '../routing/use-route.js';
import { account } from '../sign-in/account.js';
import { withNext } from '../sign-in/next.js';
import { pendingInvitation } from '../sign-in/pending-invitation.js';
import { useAccount } from '../sign-in/use-account.js';
import { useMailedToken } from './mailed-token.js';
import { useSubmission } from './use-submission.js';

/** Accepts or declines an invitation by its link; opens the meeting after acceptance. */
export function InvitationPage() {
  const arrived = useMailedToken();
  const [kept, setKept] = useState(pendingInvitation.read);
  const token = arrived ?? kept;
  const { signedIn, user } = useAccount();
  const [declined, setDeclined] = useState(false);
  useEffect(() => {
    if (arrived) pendingInvitation.write(arrived);
  }, [arrived]);

  const forget = () => {
    pendingInvitation.write(undefined);
    setKept(undefined);
  };
  const accepting = useSubmission(async () => {
    if (!token) return;
    const { code } = await account.acceptInvitation({ token });
    forget();
    navigate(meetingPath(code), { replace: true });
  });
  const declining = useSubmission(async () => {
    if (!token) return;
    await account.declineInvitation({ token });
    forget();
    setDeclined(true);
  });
  const failure = accepting.failure ?? declining.failure;
  useEffect(() => {
    // Answered permanently: it must not be shown again.
    if (isAlreadyMember(failure) || isInvitationGone(failure)) pendingInvitation.write(undefined);
  }, [failure]);
  const busy = accepting.busy || declining.busy;

  const end = endOf(token, declined, failure);
  if (end) return <Notice {...end} />;
  if (!signedIn) return <SignInToAccept />;
  return (
    <Notice
      title={t`You are invited to a meeting`}
      text={[
        t`As a member you join without a password, and find the meeting in your list.`,
        user && t`You are signed in as ${{ name: user.name }}.`,
      ]
        .filter(Boolean)
        .join(' ')}
      below={failure !== undefined && <Failure of={failure} />}
    >
      <button
        type="button"
        className="button primary"
        aria-disabled={busy}
        onClick={() => !busy && void accepting.run()}
      >
        {accepting.busy ? t`Accepting…` : t`Accept`}
      </button>
      <button type="button" className="button" aria-disabled={busy} onClick={() => !busy && void declining.run()}>
        {t`Decline`}
      </button>
    </Notice>
  );
}

/** The reason why there is nothing to accept, or to decline. */
function endOf(
  token: string | undefined,
  declined: boolean,
  failure: unknown,
): { title: string; text: string } | undefined {
  if (declined) return { title: t`Invitation declined`, text: t`You will not become a member of the meeting.` };
  if (!token) {
    return { title: t`This link does not work`, text: t`It is incomplete. Open it from the mail or message again.` };
  }
  if (isInvitationGone(failure)) {
    return { title: t`Invitation not found`, text: t`It was withdrawn, already answered, or has expired.` };
  }
  if (isAlreadyMember(failure)) {
    return { title: t`You are already a member`, text: t`The meeting is listed on your home page.` };
  }
  return undefined;
}

function SignInToAccept() {
  return (
    <Notice title={t`You are invited to a meeting`} text={t`Members have an account. Sign in or create one to accept.`}>
      <Link to={withNext('/sign-in', '/invitation')} className="button primary">
        {t`Sign in`}
      </Link>
      <Link to={withNext('/create-account', '/invitation')} className="button">
        {t`Create an account`}
      </Link>
    </Notice>
  );
}
