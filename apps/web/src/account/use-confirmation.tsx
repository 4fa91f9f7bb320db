import { t } from '@lingui/core/macro';
import { passkeysSupported, type SecondFactors, type User } from '@waterbus/client';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { isConfirmationNeeded } from '../messages.js';
import { Failure } from '../parts/failure.js';
import { account } from '../sign-in/account.js';
import { CodeField, PasswordField, RecoveryCodeField } from './account-fields.js';
import { useForm, useSubmission } from './use-submission.js';

/** Makes a sensitive change, after a confirmation by the user if needed. */
export type Confirmed = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * For sensitive changes: `confirmed` does the work; when the server requires a confirmation, it
 * opens `dialog` and does the work afterwards. Rejects with the server's error when the user does
 * not confirm.
 */
export function useConfirmation(user: User) {
  const [asking, setAsking] = useState<{ done: () => void; cancel: () => void }>();
  const confirmed = async <T,>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isConfirmationNeeded(error)) throw error;
      await new Promise<void>((resolve, reject) => setAsking({ done: resolve, cancel: () => reject(error) }));
      return await work();
    }
  };
  const end = (how: 'done' | 'cancel') => {
    asking?.[how]();
    setAsking(undefined);
  };
  const dialog = asking && <ConfirmationDialog user={user} onDone={() => end('done')} onCancel={() => end('cancel')} />;
  return { confirmed, dialog };
}

function ConfirmationDialog(props: { user: User; onDone: () => void; onCancel: () => void }) {
  const { user, onDone, onCancel } = props;
  const [factors, setFactors] = useState<SecondFactors>();
  const reading = useSubmission(async () => setFactors(await account.security.factors()));
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens
  useEffect(() => {
    const former = document.activeElement;
    dialog.current?.showModal();
    void reading.run();
    // A dialog that is removed while open does not return it.
    return () => (former as HTMLElement | null)?.focus();
  }, []);
  const passkey = Boolean(factors?.passkeys.length) && passkeysSupported();
  const byPasskey = useSubmission(async () => {
    await account.security.confirm({ passkey: true });
    onDone();
  });
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={`${id}-title`} onClose={onCancel}>
      <h2 id={`${id}-title`}>{t`Confirm your identity`}</h2>
      {factors && !user.hasPassword && !passkey && (
        <p>{t`You signed in a while ago. Sign out and in again, then try again.`}</p>
      )}
      {passkey && (
        <>
          <button type="button" className="button" aria-disabled={byPasskey.busy} onClick={() => void byPasskey.run()}>
            {byPasskey.busy ? t`Waiting for your passkey…` : t`Use a passkey`}
          </button>
          <Failure of={byPasskey.failure} />
        </>
      )}
      <Failure of={reading.failure} />
      {factors && user.hasPassword && <PasswordProof factors={factors} onDone={onDone} />}
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {t`Cancel`}
        </button>
      </div>
    </dialog>
  );
}

function PasswordProof({ factors, onDone }: { factors: SecondFactors; onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const app = factors.totp;
  const recovering = !app && factors.recoveryCodesLeft > 0;
  const { busy, failure, submit } = useForm(async () => {
    await account.security.confirm({ password, ...(app && { code }), ...(recovering && { recoveryCode: code }) });
    onDone();
  });
  let codeField: ReactNode = null;
  if (app) codeField = <CodeField value={code} onChange={setCode} />;
  if (recovering) codeField = <RecoveryCodeField value={code} onChange={setCode} />;
  return (
    <form className="account-fields" onSubmit={submit}>
      <PasswordField label={t`Your password`} value={password} onChange={setPassword} />
      {codeField}
      <Failure of={failure} />
      <button type="submit" className="button primary" aria-disabled={busy}>
        {busy ? t`Confirming…` : t`Confirm`}
      </button>
    </form>
  );
}
