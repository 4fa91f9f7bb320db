import { t } from '@lingui/core/macro';
import type { Meeting } from '@waterbus/client';
import { useId } from 'react';

type Audience = Meeting['settings']['chat'];

/** A choice between all participants, members and moderators. */
export function AudienceChoice(props: { label: string; value: Audience; onChange: (value: Audience) => void }) {
  const { label, value, onChange } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value as Audience)}>
        <option value="everyone">{t`Everyone`}</option>
        <option value="members">{t`Members, moderators and host`}</option>
        <option value="moderators">{t`Moderators and host`}</option>
      </select>
    </div>
  );
}
