import { t } from '@lingui/core/macro';
import type { Meeting } from '@waterbus/client';
import { type SubmitEvent, useState } from 'react';
import { Field } from '../../parts/field.js';

/** Renames the meeting. */
export function TitleSetting({ meeting, onChange }: { meeting: Meeting; onChange: (title: string) => void }) {
  const [title, setTitle] = useState(meeting.title);
  const isNew = title.trim() !== '' && title.trim() !== meeting.title;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isNew) onChange(title.trim());
  };
  return (
    <form className="password-setting first" onSubmit={submit}>
      <Field
        label={t`Meeting title`}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        required
        pattern=".*\S.*"
        title={t`At least one letter`}
        maxLength={120}
        autoComplete="off"
      />
      {isNew && (
        <div className="small-buttons">
          <button type="submit" className="small-button primary">
            {t`Rename`}
          </button>
        </div>
      )}
    </form>
  );
}
