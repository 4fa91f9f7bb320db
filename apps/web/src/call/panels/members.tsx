import { t } from '@lingui/core/macro';
import type { Call, Member } from '@waterbus/client';
import { useCallback, useId, useState } from 'react';
import { Avatar } from '../../parts/avatar.js';
import { copyText } from '../../parts/copy-text.js';
import { useList } from './use-list.js';

/** The members of the meeting with their roles, and links that make others members; for moderators. */
export function Members({ call }: { call: Call }) {
  const { moderation, local } = call;
  const { list, failure, act } = useList(useCallback(() => moderation.members(), [moderation]));
  const [link, setLink] = useState<{ text: string; copied: boolean }>();
  const id = useId();
  const invite = (role: 'member' | 'moderator') =>
    act(async () => {
      const token = await moderation.createInviteLink(role);
      // In the fragment, which browsers do not send: the secret stays out of logs.
      const text = `${window.location.origin}/invitation#${new URLSearchParams({ token })}`;
      setLink({ text, copied: await copyText(text) });
    });
  return (
    <section className="setting-list" aria-labelledby={id}>
      <h3 id={id}>{t`Members`}</h3>
      <p className="field-hint">{t`Members join without the password and keep the chat. They need an account.`}</p>
      {list && (
        <ul>
          {list.map((member) => (
            <MemberRow
              key={member.id}
              member={member}
              // M3: one host, who alone gives roles.
              rules={local.role === 'host' && member.role !== 'host'}
              onRole={(role) => void act(() => moderation.setRole(member.id, role))}
              onRemove={() => void act(() => moderation.removeMember(member.id))}
            />
          ))}
        </ul>
      )}
      <div className="small-buttons">
        <button type="button" className="small-button" onClick={() => void invite('member')}>
          {t`Copy member link`}
        </button>
        {local.role === 'host' && (
          <button type="button" className="small-button" onClick={() => void invite('moderator')}>
            {t`Copy moderator link`}
          </button>
        )}
      </div>
      {/* A toast would be behind the dialog. */}
      <p className="field-hint" role="status">
        {link && (link.copied ? t`The link is copied. It is valid for a week.` : link.text)}
      </p>
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
    </section>
  );
}

function MemberRow(props: {
  member: Member;
  rules: boolean;
  onRole: (role: 'moderator' | 'member') => void;
  onRemove: () => void;
}) {
  const { member, rules, onRole, onRemove } = props;
  const { role, user, email } = member;
  const name = user?.name ?? email ?? t`Invited`;
  return (
    <li>
      <Avatar name={name} picture={user?.avatarUrl ?? null} />
      <span className="setting-list-text">
        <strong>{name}</strong>
        <span className="field-hint">{member.state === 'invited' ? t`Invited` : rolesTexts()[role]}</span>
      </span>
      {rules && (
        <>
          <select
            aria-label={t`Role of ${name}`}
            value={role}
            onChange={(event) => onRole(event.target.value as 'moderator' | 'member')}
          >
            <option value="member">{t`Member`}</option>
            <option value="moderator">{t`Moderator`}</option>
          </select>
          <button type="button" className="small-button" aria-label={t`Remove: ${name}`} onClick={onRemove}>
            {t`Remove`}
          </button>
        </>
      )}
    </li>
  );
}

const rolesTexts = (): Record<Member['role'], string> => ({
  host: t`Host`,
  moderator: t`Moderator`,
  member: t`Member`,
});
