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
        Invite members
      </h2>
      <InviteForm />
      <Failure of={links.error ?? undefined} />
      {(invited.length > 0 || Boolean(links.data?.length)) && (
        <>
          <h3 className="place-subheading">Open invitations</h3>
          <ul className="list">
            {invited.map((member) => (
              <OpenInvitation
                key={member.id}
                name={member.email ?? 'Invited'}
                detail={`As a ${member.role}, since ${day(member.createdAt)}`}
                withdraw={() => managed.moderation.removeMember(member.id)}
              />
            ))}
            {links.data?.map((link) => (
              <OpenInvitation
                key={link.id}
                name={`Link for ${link.role}s`}
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

function linkDetail({ uses, expiresAt }: InviteLink): string {
  return `Until ${day(expiresAt)} · ${uses === 0 ? 'not used yet' : `used ${uses} ${uses === 1 ? 'time' : 'times'}`}`;
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
    toast((await copyText(made)) ? text : 'Copy the link below');
  };
  const inviting = useForm(async () => {
    setLink(undefined);
    const { invitationToken, mailed } = await managed.invite(email.trim(), role);
    changed();
    setEmail('');
    if (mailed) toast(`Invitation sent to ${email.trim()}`);
    else await hand(invitationToken, 'No mail was sent. The invitation link is copied: send it yourself');
  });
  const linking = useSubmission(async () => {
    setLink(undefined);
    const { invitationToken } = await managed.createInviteLink(role);
    changed();
    await hand(invitationToken, 'Invitation link copied');
  });
  const known = isAlreadyMember(inviting.failure);
  return (
    <form className="account-fields" onSubmit={inviting.submit} aria-labelledby="invite-heading">
      {own === 'host' && (
        <div className="field">
          <label htmlFor={id}>Role</label>
          <select id={id} value={role} onChange={(event) => setRole(event.target.value as Role)}>
            <option value="member">Member</option>
            <option value="moderator">Moderator</option>
          </select>
        </div>
      )}
      <Field
        label="E-mail address"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        required
        maxLength={254}
        autoComplete="off"
        error={known && 'This person is already a member, or invited.'}
        hint={
          mail
            ? 'The mail contains the link and the date of the meeting.'
            : 'This server sends no mail: you get a link to send yourself.'
        }
      />
      <Failure of={(known ? undefined : inviting.failure) ?? linking.failure} />
      <div className="account-buttons">
        <button type="submit" className="button small primary" aria-disabled={inviting.busy}>
          {mail ? 'Send invitation' : 'Invite'}
        </button>
        <button type="button" className="button small" aria-disabled={linking.busy} onClick={() => void linking.run()}>
          Copy a link for several people
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
    toast('Invitation withdrawn');
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
        aria-label={`Withdraw: ${name}`}
        onClick={() => void run()}
      >
        Withdraw
      </button>
    </li>
  );
}
