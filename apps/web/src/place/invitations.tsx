import { plural, t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import type { GuestInvitation, InviteLink, Member } from '@waterbus/client';
import { useSubmission } from '../account/use-submission.js';
import { day } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { focusHeading } from './focus-heading.js';
import { InviteForm } from './invite-form.js';
import { usePlace } from './use-place.js';

/** Invites members and guests. The invitations that nobody has answered, and those of guests, can be withdrawn. */
export function Invitations({ invited }: { invited: readonly Member[] }) {
  const { managed, key } = usePlace();
  const links = useQuery({ queryKey: [...key, 'links'], queryFn: () => managed.inviteLinks() });
  // A server of an earlier version has none: without them the rest of the list stays.
  const guests = useQuery({ queryKey: [...key, 'guests'], queryFn: () => managed.guestInvitations() });
  return (
    <section className="card" aria-labelledby="invite-heading">
      <h2 id="invite-heading" tabIndex={-1}>
        {t`Invite people`}
      </h2>
      <InviteForm />
      <Failure of={links.error ?? undefined} />
      {(invited.length > 0 || Boolean(links.data?.length) || Boolean(guests.data?.length)) && (
        <>
          <h3 className="place-subheading">{t`Open invitations`}</h3>
          <ul className="list">
            {invited.map((member) => (
              <OpenInvitation
                key={member.id}
                name={member.email ?? t`Invited`}
                detail={sinceText(member)}
                withdraw={() => managed.moderation.removeMember(member.id)}
              />
            ))}
            {guests.data?.map((guest) => (
              <OpenInvitation
                key={guest.id}
                name={guest.email}
                detail={guestDetail(guest)}
                withdraw={() => managed.withdrawGuestInvitation(guest.id)}
              />
            ))}
            {links.data?.map((link) => (
              <OpenInvitation
                key={link.id}
                name={link.role === 'moderator' ? t`Link for moderators` : t`Link for members`}
                detail={linkDetail(link)}
                withdraw={() => managed.deleteInviteLink(link.id)}
              />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function sinceText({ role, createdAt }: Member): string {
  const date = day(createdAt);
  return role === 'moderator' ? t`As a moderator, since ${date}` : t`As a member, since ${date}`;
}

function guestDetail({ waits, expiresAt }: GuestInvitation): string {
  const date = day(expiresAt);
  return waits ? t`As a guest, until ${date}` : t`As a guest, let in without waiting, until ${date}`;
}

function linkDetail({ uses, expiresAt }: InviteLink): string {
  const used = uses === 0 ? t`not used yet` : plural(uses, { one: 'used # time', other: 'used # times' });
  return `${t`Until ${{ date: day(expiresAt) }}`} · ${used}`;
}

function OpenInvitation(props: { name: string; detail: string; withdraw: () => Promise<void> }) {
  const { name, detail, withdraw } = props;
  const { changed } = usePlace();
  const { busy, failure, run } = useSubmission(async () => {
    await withdraw();
    focusHeading('invite-heading');
    changed();
    toast(t`Invitation withdrawn`);
  });
  return (
    <li className="row">
      <span className="row-text">
        <span className="row-title">{name}</span>
        <span className="row-detail">{detail}</span>
        <Failure of={failure} />
      </span>
      <button
        type="button"
        className="button small"
        aria-disabled={busy}
        aria-label={t`Withdraw: ${name}`}
        onClick={() => void run()}
      >
        {t`Withdraw`}
      </button>
    </li>
  );
}
