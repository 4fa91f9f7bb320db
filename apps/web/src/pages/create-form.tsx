import { t } from '@lingui/core/macro';
import { createMeeting } from '@waterbus/client';
import { type SubmitEvent, useState } from 'react';
import { formats } from '../language/language.js';
import { isPasswordWeak, messageOf } from '../messages.js';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { meetingPath, placePath } from '../routing/route.js';
import { navigate } from '../routing/use-route.js';
import { account } from '../sign-in/account.js';
import { useAccount } from '../sign-in/use-account.js';
import { remembered } from '../storage/remembered.js';

export function CreateForm() {
  const [title, setTitle] = useState(suggestedTitle);
  const [password, setPassword] = useState('');
  const { signedIn } = useAccount();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const create = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const { meeting, hostToken } = await account.asUser((accessToken) =>
        createMeeting({ title: title.trim(), password: password || undefined, accessToken }),
      );
      // A signed-in user is the host by account.
      if (hostToken) remembered.rememberHostToken(meeting.code, hostToken);
      const later = (event.nativeEvent.submitter as HTMLButtonElement | null)?.value === 'later';
      navigate(later ? `${placePath(meeting.code)}#date` : meetingPath(meeting.code));
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  return (
    <form className="card" onSubmit={(event) => void create(event)} aria-labelledby="create-heading">
      <h2 id="create-heading">{t`New meeting`}</h2>
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
      <Field
        label={t`Password (optional)`}
        hint={t`Guests need it to join. At least 6 characters.`}
        type="password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        minLength={6}
        maxLength={128}
        autoComplete="new-password"
        error={isPasswordWeak(failure) ? messageOf(failure) : undefined}
      />
      <Failure of={failure} />
      <button type="submit" className="button primary" aria-disabled={busy}>
        {busy ? t`Creating…` : t`Create meeting`}
      </button>
      {signedIn && (
        <button type="submit" className="button" value="later" aria-disabled={busy}>
          {t`Schedule for later`}
        </button>
      )}
    </form>
  );
}

function suggestedTitle(): string {
  const name = remembered.name();
  // A title is stored: it has no marks of direction.
  if (name) return t`Meeting with ${name}`.replace(/[\u2066-\u2069]/g, '');
  const weekday = new Date().toLocaleDateString(formats(), { weekday: 'long' });
  return t`${weekday} meeting`;
}
