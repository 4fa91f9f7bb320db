import { t } from '@lingui/core/macro';
import { type ReactNode, type SubmitEvent, useState } from 'react';
import { readMeetingReference } from '../meeting/meeting-link.js';
import { Field } from '../parts/field.js';
import { meetingPath } from '../routing/route.js';
import { navigate } from '../routing/use-route.js';

export function JoinForm() {
  const [text, setText] = useState('');
  const [error, setError] = useState<ReactNode>();

  const join = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reference = readMeetingReference(text, window.location.host);
    switch (reference.kind) {
      case 'here':
        return navigate(meetingPath(reference.code));
      case 'elsewhere':
        return setError(
          <>
            {t`That meeting is on another server.`} <a href={reference.url}>{t`Go to ${{ host: reference.host }}`}</a>
          </>,
        );
      case 'unreadable':
        return setError(t`A meeting code looks like abc-defg-hjk.`);
    }
  };

  return (
    <form className="card" onSubmit={join} aria-labelledby="join-heading" noValidate>
      <h2 id="join-heading">{t`Join a meeting`}</h2>
      <Field
        label={t`Meeting code or link`}
        placeholder="abc-defg-hjk"
        value={text}
        error={error}
        onChange={(event) => {
          setText(event.target.value);
          setError(undefined);
        }}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <button type="submit" className="button">
        {t`Join`}
      </button>
    </form>
  );
}
