import { t } from '@lingui/core/macro';
import type { CallModeration, Meeting } from '@waterbus/client';
import { type SubmitEvent, useState } from 'react';
import { messageOf } from '../../messages.js';
import { Field } from '../../parts/field.js';

/** Sets, changes or removes the password that guests need to join. */
export function PasswordSetting(props: {
  call: { moderation: Pick<CallModeration, 'setPassword'> };
  required: boolean;
  onMeeting: (meeting: Meeting) => void;
}) {
  const { call, required, onMeeting } = props;
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<string>();
  const [done, setDone] = useState('');
  const set = (next: string | null) => {
    setFailure(undefined);
    setDone('');
    call.moderation.setPassword(next).then(
      (meeting) => {
        onMeeting(meeting);
        setPassword('');
        setDone(next === null ? t`A password is no longer required.` : t`The password is set.`);
      },
      (error) => setFailure(messageOf(error)),
    );
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (password) set(password);
  };
  return (
    <form className="password-setting" onSubmit={submit}>
      <Field
        label={required ? t`New password` : t`Password`}
        type="password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        required
        minLength={6}
        maxLength={128}
        autoComplete="new-password"
        hint={required ? t`A password is set. Members need none.` : t`None is set. At least 6 characters.`}
        error={failure}
      />
      <div className="small-buttons">
        <button type="submit" className="small-button primary">
          {required ? t`Change password` : t`Set password`}
        </button>
        {required && (
          <button type="button" className="small-button" onClick={() => set(null)}>
            {t`Remove password`}
          </button>
        )}
      </div>
      {/* A toast would be behind the dialog. */}
      <p className="field-hint" role="status">
        {done}
      </p>
    </form>
  );
}
