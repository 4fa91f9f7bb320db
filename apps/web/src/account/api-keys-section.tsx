import { t } from '@lingui/core/macro';
import type { ApiKey, User } from '@waterbus/client';
import { useId, useState } from 'react';
import { day } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { toast } from '../parts/toasts.js';
import { integrations } from './integrations.js';
import { LoadMore } from './load-more.js';
import { SecretOnce } from './secret-once.js';
import { useConfirmation } from './use-confirmation.js';
import { usePages } from './use-pages.js';
import { useForm, useSubmission } from './use-submission.js';

/** The API keys of the account: to create, with the secret shown once, and to revoke. */
export function ApiKeysSection({ user }: { user: User }) {
  const pages = usePages((cursor) => integrations.apiKeys({ cursor }));
  const { confirmed, dialog } = useConfirmation(user);
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [secret, setSecret] = useState<string>();
  const id = useId();
  const creating = useForm(async () => {
    const expiresIn = days === '' ? undefined : Number(days) * 86_400;
    const made = await confirmed(() =>
      integrations.createApiKey({ name: name.trim(), ...(expiresIn !== undefined && { expiresIn }) }),
    );
    setSecret(made.secret);
    setName('');
    await pages.reload();
  });
  return (
    <section className="card" aria-labelledby="api-keys-heading">
      <h2 id="api-keys-heading">{t`API keys`}</h2>
      <p className="account-text">
        {t`A program with a key acts as you: it creates and manages your meetings. It cannot read messages.`}
      </p>
      {secret && (
        <SecretOnce
          title={t`Save this key now`}
          text={t`It is not shown again.`}
          secret={secret}
          onDone={() => setSecret(undefined)}
        />
      )}
      {pages.items && pages.items.length > 0 && (
        <ul className="list">
          {pages.items.map((key) => (
            <KeyRow key={key.id} apiKey={key} onRevoked={() => pages.remove(key)} />
          ))}
        </ul>
      )}
      <LoadMore pages={pages} />
      <form className="account-fields" onSubmit={creating.submit} aria-labelledby="api-keys-heading">
        <Field
          label={t`Name of the key`}
          hint={t`For example the program that uses it.`}
          value={name}
          onChange={(event) => setName(event.target.value)}
          required
          pattern=".*\S.*"
          title={t`At least one letter`}
          maxLength={64}
          autoComplete="off"
        />
        <div className="field">
          <label htmlFor={id}>{t`Expires`}</label>
          <select id={id} value={days} onChange={(event) => setDays(event.target.value)}>
            <option value="30">{t`After 30 days`}</option>
            <option value="90">{t`After 90 days`}</option>
            <option value="365">{t`After a year`}</option>
            <option value="">{t`Never`}</option>
          </select>
        </div>
        <Failure of={creating.failure} />
        <button type="submit" className="button" aria-disabled={creating.busy}>
          {t`Create key`}
        </button>
      </form>
      {dialog}
    </section>
  );
}

function KeyRow({ apiKey, onRevoked }: { apiKey: ApiKey; onRevoked: () => void }) {
  const { name, expiresAt, lastUsedAt } = apiKey;
  const { busy, failure, run } = useSubmission(async () => {
    if (!window.confirm(t`Revoke the key “${name}”? Programs that use it stop working.`)) return;
    await integrations.deleteApiKey(apiKey.id);
    toast(t`Key revoked`);
    onRevoked();
  });
  return (
    <li className="row">
      <span className="row-text">
        <span className="row-title">{name}</span>
        <span className="row-detail">
          {lastUsedAt === null ? t`Never used` : t`Last used ${{ date: day(lastUsedAt) }}`} ·{' '}
          {expiresAt === null ? t`never expires` : t`expires ${{ date: day(expiresAt) }}`}
        </span>
        <Failure of={failure} />
      </span>
      <button
        type="button"
        className="button small"
        aria-disabled={busy}
        aria-label={t`Revoke the key ${name}`}
        onClick={() => void run()}
      >
        {t`Revoke`}
      </button>
    </li>
  );
}
