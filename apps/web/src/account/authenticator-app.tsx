import { t } from '@lingui/core/macro';
import type { NewTotp } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { Failure } from '../parts/failure.js';
import { QrCode } from '../parts/qr-code.js';
import { account } from '../sign-in/account.js';
import { CodeField } from './account-fields.js';
import type { Confirmed } from './use-confirmation.js';
import { useForm, useSubmission } from './use-submission.js';

/** Sets up or removes an authenticator app. */
export function AuthenticatorApp(props: {
  present: boolean;
  confirmed: Confirmed;
  changed: (what: string, codes?: readonly string[] | null) => void;
}) {
  const { present, confirmed, changed } = props;
  const [begun, setBegun] = useState<NewTotp>();
  const beginning = useSubmission(async () => setBegun(await confirmed(() => account.security.beginTotp())));
  const removing = useSubmission(async () => {
    await confirmed(() => account.security.removeTotp());
    changed(t`Authenticator app removed`);
  });
  return (
    <div className="account-factor">
      <h3>{t`Authenticator app`}</h3>
      {begun && !present ? (
        <SetUp
          begun={begun}
          confirmed={confirmed}
          onDone={(codes) => {
            setBegun(undefined);
            changed(t`Authenticator app set up`, codes);
          }}
          onCancel={() => setBegun(undefined)}
        />
      ) : (
        <>
          <p className="account-text">
            {present ? t`Set up. Signing in requires a code from it.` : t`It shows a new code every 30 seconds.`}
          </p>
          <Failure of={beginning.failure ?? removing.failure} />
          {present ? (
            <button
              type="button"
              className="button small"
              aria-label={t`Remove the authenticator app`}
              aria-disabled={removing.busy}
              onClick={() => void removing.run()}
            >
              {t`Remove`}
            </button>
          ) : (
            <button
              type="button"
              className="button small"
              aria-label={t`Set up an authenticator app`}
              aria-disabled={beginning.busy}
              onClick={() => void beginning.run()}
            >
              {t`Set up`}
            </button>
          )}
        </>
      )}
    </div>
  );
}

function SetUp(props: {
  begun: NewTotp;
  confirmed: Confirmed;
  onDone: (codes: readonly string[] | null) => void;
  onCancel: () => void;
}) {
  const { begun, confirmed, onDone, onCancel } = props;
  const [code, setCode] = useState('');
  const text = useRef<HTMLParagraphElement>(null);
  // The pressed button does not exist any more.
  useEffect(() => text.current?.focus(), []);
  const { busy, failure, submit } = useForm(async () =>
    onDone(await confirmed(() => account.security.confirmTotp(code))),
  );
  return (
    <form className="account-fields" onSubmit={submit}>
      <p className="account-text" ref={text} tabIndex={-1}>
        {t`Scan this picture with your authenticator app, or type the key into it. Then enter the code that it shows.`}
      </p>
      <QrCode text={begun.uri} label={t`QR code for your authenticator app`} />
      <p className="account-text">
        {t`Key:`} <code className="account-key">{begun.secret.match(/.{1,4}/g)?.join(' ')}</code>
      </p>
      <CodeField value={code} onChange={setCode} />
      <Failure of={failure} />
      <div className="account-buttons">
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t`Checking…` : t`Turn on`}
        </button>
        <button type="button" className="button" onClick={onCancel}>
          {t`Cancel`}
        </button>
      </div>
    </form>
  );
}
