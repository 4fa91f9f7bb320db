import { t } from '@lingui/core/macro';
import { passkeysSupported, type SecondFactorStep } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { isLinkSpent } from '../messages.js';
import { Failure } from '../parts/failure.js';
import { account } from '../sign-in/account.js';
import { CodeField, RecoveryCodeField } from './account-fields.js';
import { useForm, useSubmission } from './use-submission.js';

/**
 * The second step of a sign-in. `onAgain`: it took too long, and begins anew. The page around it
 * detects the sign-in.
 */
export function SecondFactorForm({ step, onAgain }: { step: SecondFactorStep; onAgain: () => void }) {
  const app = step.methods.includes('totp');
  const passkey = step.methods.includes('passkey') && passkeysSupported();
  const [recovering, setRecovering] = useState(!app && !passkey);
  const [code, setCode] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const asking = app || recovering;
  const Field = recovering ? RecoveryCodeField : CodeField;
  const { busy, failure, submit, forget } = useForm(async () => {
    await account.completeSecondFactor(step, recovering ? { recoveryCode: code } : { code });
  });
  const byPasskey = useSubmission(async () => {
    await account.completeSecondFactor(step, { passkey: true });
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: for each other kind of code
  useEffect(() => {
    form.current?.querySelector('input')?.focus();
  }, [recovering]);
  const spent = [failure, byPasskey.failure].some(isLinkSpent);

  if (spent) return <StepSpent onAgain={onAgain} />;
  return (
    <div className="card">
      {passkey && (
        <>
          <button
            type="button"
            className={asking ? 'button' : 'button primary'}
            aria-disabled={byPasskey.busy}
            onClick={() => void byPasskey.run()}
          >
            {byPasskey.busy ? t`Waiting for your passkey…` : t`Use a passkey`}
          </button>
          <Failure of={byPasskey.failure} />
        </>
      )}
      {asking && (
        <form className="account-fields" ref={form} onSubmit={submit}>
          <Field value={code} onChange={setCode} />
          <Failure of={failure} />
          <button type="submit" className="button primary" aria-disabled={busy}>
            {busy ? t`Signing in…` : t`Sign in`}
          </button>
        </form>
      )}
      {(app || passkey) && (
        <button
          type="button"
          className="button quiet small"
          onClick={() => {
            setCode('');
            forget();
            setRecovering(!recovering);
          }}
        >
          {recovering ? (app ? t`Use the authenticator app` : t`Use a passkey instead`) : t`Use a recovery code`}
        </button>
      )}
    </div>
  );
}

function StepSpent({ onAgain }: { onAgain: () => void }) {
  return (
    <div className="card">
      <p className="form-error" role="alert">
        {t`This took too long, or too many codes were tried. Sign in again.`}
      </p>
      <button type="button" className="button primary" onClick={onAgain}>
        {t`Start again`}
      </button>
    </div>
  );
}
