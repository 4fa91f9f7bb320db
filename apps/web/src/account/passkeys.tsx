import { t } from '@lingui/core/macro';
import { type Passkey, passkeysSupported } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { formats } from '../language/language.js';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { account } from '../sign-in/account.js';
import { deviceName } from './device-name.js';
import type { Confirmed } from './use-confirmation.js';
import { useForm, useSubmission } from './use-submission.js';

interface Changing {
  confirmed: Confirmed;
  changed: (what: string, codes?: readonly string[] | null) => void;
}

/** The passkeys of the account. */
export function Passkeys(props: { passkeys: readonly Passkey[]; possible: boolean } & Changing) {
  const { passkeys, possible, confirmed, changed } = props;
  const adding = useSubmission(async () => {
    const { recoveryCodes } = await confirmed(() => account.security.addPasskey(deviceName(navigator.userAgent)));
    changed(t`Passkey added`, recoveryCodes);
  });
  return (
    <div className="account-factor">
      <h3>{t`Passkeys`}</h3>
      <p className="account-text">{t`They sign you in with your fingerprint, face or screen lock, without a password.`}</p>
      {passkeys.length > 0 && (
        <ul className="list">
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} confirmed={confirmed} changed={changed} />
          ))}
        </ul>
      )}
      <Failure of={adding.failure} />
      {possible && passkeysSupported() && (
        <button type="button" className="button small" aria-disabled={adding.busy} onClick={() => void adding.run()}>
          {adding.busy ? t`Waiting for your device…` : t`Add a passkey`}
        </button>
      )}
    </div>
  );
}

function PasskeyRow({ passkey, confirmed, changed }: { passkey: Passkey } & Changing) {
  const [renaming, setRenaming] = useState(false);
  const removing = useSubmission(async () => {
    await confirmed(() => account.security.removePasskey(passkey.id));
    changed(t`${{ name: passkey.name }} removed`);
  });
  if (renaming) return <NameForm passkey={passkey} changed={changed} onEnd={() => setRenaming(false)} />;
  const used = passkey.lastUsedAt === null ? t`Not used yet` : t`Last used ${{ date: shortDate(passkey.lastUsedAt) }}`;
  return (
    <li className="row">
      <span className="row-text">
        <span className="row-title">{passkey.name}</span>
        <span className="row-detail">{used}</span>
        <Failure of={removing.failure} />
      </span>
      <span className="row-actions">
        <button
          type="button"
          className="button small"
          aria-label={t`Rename ${{ name: passkey.name }}`}
          onClick={() => setRenaming(true)}
        >
          {t`Rename`}
        </button>
        <button
          type="button"
          className="button small"
          aria-label={t`Remove ${{ name: passkey.name }}`}
          aria-disabled={removing.busy}
          onClick={() => void removing.run()}
        >
          {t`Remove`}
        </button>
      </span>
    </li>
  );
}

function NameForm(props: { passkey: Passkey; changed: Changing['changed']; onEnd: () => void }) {
  const { passkey, changed, onEnd } = props;
  const [name, setName] = useState(passkey.name);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  const { busy, failure, submit } = useForm(async () => {
    await account.security.renamePasskey(passkey.id, name.trim());
    changed(t`Name saved`);
    onEnd();
  });
  return (
    <li className="row">
      <form className="account-fields" ref={form} onSubmit={submit}>
        <Field
          label={t`Name of the passkey ${{ name: passkey.name }}`}
          value={name}
          onChange={(event) => setName(event.target.value)}
          required
          pattern=".*\S.*"
          title={t`At least one letter`}
          maxLength={64}
          autoComplete="off"
        />
        <Failure of={failure} />
        <div className="account-buttons">
          <button type="submit" className="button primary small" aria-disabled={busy}>
            {busy ? t`Saving…` : t`Save the name`}
          </button>
          <button type="button" className="button small" onClick={onEnd}>
            {t`Cancel`}
          </button>
        </div>
      </form>
    </li>
  );
}

function shortDate(text: string): string {
  return new Date(text).toLocaleString(formats(), { dateStyle: 'medium', timeStyle: 'short' });
}
