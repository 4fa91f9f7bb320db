import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import type { Member } from '@waterbus/client';
import { useState } from 'react';
import { useSubmission } from '../account/use-submission.js';
import { Bans } from '../call/panels/bans.js';
import { ConfirmDialog } from '../call/panels/confirm-dialog.js';
import { Avatar } from '../parts/avatar.js';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { navigate } from '../routing/use-route.js';
import { useAccount } from '../sign-in/use-account.js';
import { focusHeading } from './focus-heading.js';
import { Invitations } from './invitations.js';
import { usePlace } from './use-place.js';

/** The members with their roles, the invitations, and the people who are banned. */
export function PeopleSection() {
  const { managed, moderates, archived, key } = usePlace();
  const { data: members, error } = useQuery({
    queryKey: [...key, 'members'],
    queryFn: () => managed.moderation.members(),
  });
  const joined = members?.filter(({ state }) => state === 'joined');
  return (
    <div className="place-columns">
      <section className="card" aria-labelledby="members-heading">
        <h2 id="members-heading" tabIndex={-1}>
          {t`Members`}
        </h2>
        <p className="place-text">{t`Members join without the password, keep the chat and see this page.`}</p>
        <Failure of={error ?? undefined} />
        {joined?.length === 0 && <p className="place-text">{t`Nobody is a member yet.`}</p>}
        {joined && joined.length > 0 && (
          <ul className="list">
            {joined.map((member) => (
              <MemberRow key={member.id} member={member} />
            ))}
          </ul>
        )}
        <LeaveMeeting />
      </section>
      {moderates && (
        <div className="place-stack">
          {!archived && <Invitations invited={members?.filter(({ state }) => state === 'invited') ?? []} />}
          <Bans call={managed} />
        </div>
      )}
    </div>
  );
}

function MemberRow({ member }: { member: Member }) {
  const { managed, role, moderates, archived, changed } = usePlace();
  const { userId } = useAccount();
  const [asks, setAsks] = useState<'host' | 'remove'>();
  const name = member.user?.name ?? t`Deleted account`;
  const mine = member.user?.id === userId;
  const change = useSubmission(async ({ work, done }: { work: () => Promise<unknown>; done: string }) => {
    await work();
    changed();
    toast(done);
  });
  const rules = role === 'host' && member.role !== 'host' && !archived;
  const removes = !mine && (role === 'host' ? member.role !== 'host' : moderates && member.role === 'member');
  const choose = (chosen: string) => {
    if (chosen === 'host') setAsks('host');
    else {
      const next = chosen as 'moderator' | 'member';
      void change.run({
        work: () => managed.moderation.setRole(member.id, next),
        done: next === 'moderator' ? t`${name} is now a moderator` : t`${name} is now a member`,
      });
    }
  };
  return (
    <li className="row place-person">
      <Avatar name={name} picture={member.user?.avatarUrl ?? null} />
      <span className="row-text">
        <span className="row-title">
          {name}
          {mine && ` ${t`(you)`}`}
        </span>
        {!rules && <span className="row-detail">{rolesTexts()[member.role]}</span>}
        <Failure of={change.failure} />
      </span>
      <span className="row-actions">
        {rules && (
          <select aria-label={t`Role of ${name}`} value={member.role} onChange={(event) => choose(event.target.value)}>
            <option value="member">{t`Member`}</option>
            <option value="moderator">{t`Moderator`}</option>
            <option value="host">{t`Host…`}</option>
          </select>
        )}
        {removes && (
          <button
            type="button"
            className="button small"
            aria-label={t`Remove ${name}`}
            onClick={() => setAsks('remove')}
          >
            {t`Remove`}
          </button>
        )}
      </span>
      {asks === 'host' && (
        <ConfirmDialog
          title={t`Make ${name} the host?`}
          confirm={t`Make host`}
          onConfirm={() => {
            focusHeading('members-heading');
            void change.run({ work: () => managed.handOver(member.user?.id ?? ''), done: t`${name} is now the host` });
          }}
          onClose={() => setAsks(undefined)}
        >
          {t`A meeting has one host. You become a moderator at once, and only the new host can make you the host again.`}
        </ConfirmDialog>
      )}
      {asks === 'remove' && (
        <ConfirmDialog
          title={t`Remove ${name}?`}
          confirm={t`Remove`}
          onConfirm={() => {
            focusHeading('members-heading');
            void change.run({
              work: () => managed.moderation.removeMember(member.id),
              done: t`${name} is no longer a member`,
            });
          }}
          onClose={() => setAsks(undefined)}
        >
          {t`They lose the chat and this page, and join as a guest, if guests may join.`}
        </ConfirmDialog>
      )}
    </li>
  );
}

/** For members other than the host, who hands over first. */
function LeaveMeeting() {
  const { managed, meeting, role } = usePlace();
  const [asks, setAsks] = useState(false);
  const leave = useSubmission(async () => {
    await managed.leave();
    toast(t`You are no longer a member of ${{ title: meeting.title }}`);
    navigate('/');
  });
  if (meeting.membership?.state !== 'joined') return null;
  if (role === 'host')
    return <p className="field-hint">{t`To leave this meeting, make another member the host first.`}</p>;
  return (
    <div className="account-buttons">
      <button type="button" className="button small" onClick={() => setAsks(true)}>
        {t`Leave this meeting`}
      </button>
      <Failure of={leave.failure} />
      {asks && (
        <ConfirmDialog
          title={t`Leave this meeting?`}
          confirm={t`Leave`}
          onConfirm={() => void leave.run()}
          onClose={() => setAsks(false)}
        >
          {t`It disappears from your list, and you lose its chat.`}
        </ConfirmDialog>
      )}
    </div>
  );
}

const rolesTexts = (): Record<Member['role'], string> => ({
  host: t`Host`,
  moderator: t`Moderator`,
  member: t`Member`,
});
