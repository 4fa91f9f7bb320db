import { plural, t } from '@lingui/core/macro';
import { useId, useState } from 'react';
import { useForm, useSubmission } from '../account/use-submission.js';
import { isAlreadyMember } from '../messages.js';
import { useOffer } from '../offer/use-offer.js';
import { copyText } from '../parts/copy-text.js';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { Switch } from '../parts/switch.js';
import { toast } from '../parts/toasts.js';
import { usePlace } from './use-place.js';

type Role = 'member' | 'moderator' | 'guest';

/** A link that the inviter hands over; without an address: for everybody. */
interface Handed {
  address?: string;
  link: string;
}

/** Invites by address, several at once, or by a link. */
export function InviteForm() {
  const mail = useOffer()?.mail !== false;
  const [role, setRole] = useState<Role>('member');
  const [waits, setWaits] = useState(true);
  const { addresses, setAddresses, inviting, linking, handed, refused } = useInviting(role, waits);
  const known = isAlreadyMember(inviting.failure);
  return (
    <form className="account-fields" onSubmit={inviting.submit} aria-labelledby="invite-heading">
      <RoleChoice role={role} onChange={setRole} />
      {role === 'guest' && (
        <Switch
          label={t`Let in without waiting`}
          hint={t`Guests with an invitation need no password. With this they skip the waiting room, too.`}
          on={!waits}
          onChange={(on) => setWaits(!on)}
        />
      )}
      <Field
        label={t`E-mail addresses`}
        type="email"
        multiple
        value={addresses}
        onChange={(event) => setAddresses(event.target.value)}
        required
        maxLength={2000}
        autoComplete="off"
        error={known && t`${{ address: refused }} is already a member, or invited.`}
        hint={
          mail
            ? t`Separate several by commas. The mail contains the link and the date of the meeting.`
            : t`This server sends no mail: you get a link to send yourself.`
        }
      />
      <Failure of={(known ? undefined : inviting.failure) ?? linking.failure} />
      <div className="account-buttons">
        <button type="submit" className="button small primary" aria-disabled={inviting.busy}>
          {mail ? t`Send invitation` : t`Invite`}
        </button>
        {role !== 'guest' && (
          <button
            type="button"
            className="button small"
            aria-disabled={linking.busy}
            onClick={() => void linking.run()}
          >
            {t`Copy a link for several people`}
          </button>
        )}
      </div>
      {handed.map(({ address, link }) => (
        <div key={link}>
          {address && (
            <p className="field-hint">
              <bdi>{address}</bdi>
            </p>
          )}
          <p className="place-link">{link}</p>
        </div>
      ))}
    </form>
  );
}

function useInviting(role: Role, waits: boolean) {
  const { managed, changed } = usePlace();
  const [addresses, setAddresses] = useState('');
  const [handed, setHanded] = useState<readonly Handed[]>([]);
  const [refused, setRefused] = useState('');
  const invite = async (address: string): Promise<Handed | undefined> => {
    const { mailed, invitationToken } = await (role === 'guest'
      ? managed.inviteGuest(address, { waits })
      : managed.invite(address, role));
    if (mailed) return undefined;
    const link = role === 'guest' ? guestLink(managed.code, invitationToken) : memberLink(invitationToken);
    return { address, link };
  };
  const inviting = useForm(async () => {
    setHanded([]);
    const all = addresses.split(',').flatMap((address) => address.trim() || []);
    const unsent: Handed[] = [];
    try {
      for (const [index, address] of all.entries()) {
        setRefused(address);
        const left = await invite(address);
        if (left) unsent.push(left);
        // Those before a failure are invited: another attempt begins with the address that failed.
        setAddresses(all.slice(index + 1).join(', '));
      }
    } finally {
      changed();
      setHanded(unsent);
    }
    toast(await doneText(all, unsent));
  });
  const linking = useSubmission(async () => {
    if (role === 'guest') return;
    const { invitationToken } = await managed.createInviteLink(role);
    changed();
    const link = memberLink(invitationToken);
    setHanded([{ link }]);
    toast((await copyText(link)) ? t`Invitation link copied` : t`Copy the link below`);
  });
  return { addresses, setAddresses, inviting, linking, handed, refused };
}

/** Guests only where they may join. */
function RoleChoice({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
  const { role: own, meeting } = usePlace();
  const guests = useOffer()?.guests !== false && meeting.settings.access === 'anyone';
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t`Role`}</label>
      <select id={id} value={role} onChange={(event) => onChange(event.target.value as Role)}>
        <option value="member">{t`Member`}</option>
        {own === 'host' && <option value="moderator">{t`Moderator`}</option>}
        {guests && <option value="guest">{t`Guest, without an account`}</option>}
      </select>
    </div>
  );
}

/** What happened; the link of a single unsent invitation is copied. */
async function doneText(all: readonly string[], unsent: readonly Handed[]): Promise<string> {
  const [only] = unsent;
  if (only && all.length === 1)
    return (await copyText(only.link))
      ? t`No mail was sent. The invitation link is copied: send it yourself`
      : t`Copy the link below`;
  if (only) return t`Not all invitations were mailed. Send the links below yourself`;
  return all.length === 1
    ? t`Invitation sent to ${{ address: all[0] ?? '' }}`
    : plural(all.length, { one: '# invitation sent', other: '# invitations sent' });
}

// The secrets are in the fragment, which browsers do not send: they stay out of logs.

function memberLink(token: string): string {
  return `${window.location.origin}/invitation#${new URLSearchParams({ token })}`;
}

function guestLink(code: string, invitation: string): string {
  return `${window.location.origin}/m/${code}#${new URLSearchParams({ invitation })}`;
}
