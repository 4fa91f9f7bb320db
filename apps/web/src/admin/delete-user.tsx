import { t } from '@lingui/core/macro';
import type { ListedUser } from '@waterbus/client';
import { useEffect, useId, useRef, useState } from 'react';
import { useForm } from '../account/use-submission.js';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { toast } from '../parts/toasts.js';
import { administration } from './administration.js';
import { useConfirmed } from './confirmed.js';

/** Deletes an account, once its address is typed. */
export function DeleteUserButton({ user, reload }: { user: ListedUser; reload: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setAsking(false);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button small"
        aria-label={t`Delete ${{ name: user.name }}`}
        onClick={() => setAsking(true)}
      >
        {t`Delete…`}
      </button>
      {asking && <DeleteUserDialog user={user} reload={reload} close={close} />}
    </>
  );
}

function DeleteUserDialog(props: { user: ListedUser; reload: () => Promise<void>; close: () => void }) {
  const { user, reload, close } = props;
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const confirmed = useConfirmed();
  const id = useId();
  const { busy, failure, submit } = useForm(async () => {
    const isRight = typed.trim().toLowerCase() === user.email;
    setWrong(!isRight);
    if (!isRight) return;
    await confirmed(() => administration.deleteUser(user.id));
    close();
    toast(t`The account of ${{ name: user.name }} is deleted`);
    await reload();
  });
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog admin-dialog" aria-labelledby={`${id}-title`} onClose={close}>
      <h2 id={`${id}-title`}>{t`Delete the account of ${{ name: user.name }}?`}</h2>
      <p>
        {t`Meetings that this person hosts go to a moderator or else to a member; those without any are deleted. Messages stay, without the name. This cannot be undone.`}
      </p>
      <form onSubmit={submit}>
        <Field
          label={t`Type ${{ email: user.email }} to confirm`}
          type="email"
          autoComplete="off"
          value={typed}
          error={wrong && t`This is not the address of the account.`}
          onChange={({ target }) => {
            setTyped(target.value);
            setWrong(false);
          }}
        />
        <Failure of={failure} />
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={close}>
            {t`Cancel`}
          </button>
          <button type="submit" className="button danger" aria-disabled={busy}>
            {busy ? t`Deleting…` : t`Delete for good`}
          </button>
        </div>
      </form>
    </dialog>
  );
}
