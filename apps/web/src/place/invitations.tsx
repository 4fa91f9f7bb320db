import { plural, t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import type { InviteLink, Member } from '@waterbus/client';
import { useId, useState } from 'react';
import { useForm, useSubmission } from '../account/use-submission.js';
import { day } from '../meeting/times.js';
import { isAlreadyMember } from '../messages.js';
import { useOffer } from '../offer/use-offer.js';
import { copyText } from '../parts/copy-text.js';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { toast } from '../parts/toasts.js';
import { focusHeading } from './focus-heading.js';
import { usePlace } from './use-place.js';

type Role = 'member' | 'moderator';

/** Invites new members: by address, or by a link. The invitations that nobody has answered can be withdrawn. */
export function Invitations({ invited }: { invited: readonly Member[] }) {
  const { managed, key } = usePlace();
  const links = useQuery({ queryKey: [...key, 'links'], queryFn: () => managed.inviteLinks() });
  return (
    <section className="card" aria-labelledby="invite-heading">
      <h2 id="invite-heading" tabIndex={-1}>
        {t`Invite members`}
      </h2>
      <InviteForm />
      <Failure of={links.error ?? undefined} />
      {(invited.length > 0 || Boolean(links.data?.length)) && (
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

function linkDetail({ uses, expiresAt }: InviteLink): string {
  const used = uses === 0 ? t`not used yet` : plural(uses, { one: 'used # time', other: 'used # times' });
  return `${t`Until ${{ date: day(expiresAt) }}`} · ${used}`;
}

function InviteForm() {
  const { managed, role: own, changed } = usePlace();
  const mail = useOffer()?.mail !== false;
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('member');
  const [link, setLink] = useState<string>();
  const id = useId();
  /** Shown for selection by hand, if the browser does not copy. */
  const hand = async (token: string, text: string) => {
    // In the fragment, which browsers do not send: the secret stays out of logs.
    const made = `${window.location.origin}/invitation#${new URLSearchParams({ token })}`;
    setLink(made);
    toast((await copyText(made)) ? text : t`Copy the link below`);
  };
  const inviting = useForm(async () => {
    setLink(undefined);
    const { invitationToken, mailed } = await managed.invite(email.trim(), role);
    changed();
    setEmail('');
    if (mailed) toast(t`Invitation sent to ${{ address: email.trim() }}`);
    else await hand(invitationToken, t`No mail was sent. The invitation link is copied: send it yourself`);
  });
  const linking = useSubmission(async () => {
    setLink(undefined);
    const { invitationToken } = await managed.createInviteLink(role);
    changed();
    await hand(invitationToken, t`Invitation link copied`);
  });
  const known = isAlreadyMember(inviting.failure);
  return (
    <form className="account-fields" onSubmit={inviting.submit} aria-labelledby="invite-heading">
      {own === 'host' && (
        <div className="field">
          <label htmlFor={id}>{t`Role`}</label>
          <select id={id} value={role} onChange={(event) => setRole(event.target.value as Role)}>
            <option value="member">{t`Member`}</option>
            <option value="moderator">{t`Moderator`}</option>
          </select>
        </div>
      )}
      <Field
        label={t`E-mail address`}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        required
        maxLength={254}
        autoComplete="off"
        error={known && t`This person is already a member, or invited.`}
        hint={
          mail
            ? t`The mail contains the link and the date of the meeting.`
            : t`This server sends no mail: you get a link to send yourself.`
        }
      />
      <Failure of={(known ? undefined : inviting.failure) ?? linking.failure} />
      <div className="account-buttons">
        <button type="submit" className="button small primary" aria-disabled={inviting.busy}>
          {mail ? t`Send invitation` : t`Invite`}
        </button>
        <button type="button" className="button small" aria-disabled={linking.busy} onClick={() => void linking.run()}>
          {t`Copy a link for several people`}
        </button>
      </div>
      {link && <p className="place-link">{link}</p>}
    </form>
  );
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
