import { t } from '@lingui/core/macro';
import type { Meeting } from '@waterbus/client';
import { useId } from 'react';

type Pairs = NonNullable<Meeting['settings']['privateMessages']>;

/** A choice of the pairs that may exchange private messages. */
export function PrivateChoice(props: { value: Pairs | undefined; onChange: (value: Pairs) => void }) {
  const { value = 'nobody', onChange } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t`Private messages in the chat`}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value as Pairs)}>
        <option value="nobody">{t`Off`}</option>
        <option value="moderators">{t`Only with moderators and host`}</option>
        <option value="members">{t`Only between members`}</option>
        <option value="everyone">{t`Between everyone`}</option>
      </select>
      <p className="field-note">{t`Nobody else can read them, not even the host.`}</p>
    </div>
  );
}
