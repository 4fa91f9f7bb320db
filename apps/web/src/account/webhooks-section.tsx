import { t } from '@lingui/core/macro';
import type { Webhook } from '@waterbus/client';
import { useState } from 'react';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { Switch } from '../parts/switch.js';
import { toast } from '../parts/toasts.js';
import { integrations } from './integrations.js';
import { LoadMore } from './load-more.js';
import { SecretOnce } from './secret-once.js';
import { usePages } from './use-pages.js';
import { useForm, useSubmission } from './use-submission.js';

/** The webhooks of the account's meetings: to create, with the secret shown once, to pause and to delete. */
export function WebhooksSection() {
  const pages = usePages((cursor) => integrations.webhooks({ cursor }));
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState<string>();
  const creating = useForm(async () => {
    const made = await integrations.createWebhook({ url: url.trim() });
    setSecret(made.secret);
    setUrl('');
    await pages.reload();
  });
  return (
    <section className="card" aria-labelledby="webhooks-heading">
      <h2 id="webhooks-heading">{t`Webhooks`}</h2>
      <p className="account-text">
        {t`Your own server gets a request for each event of your meetings, such as people joining.`}
      </p>
      {secret && (
        <SecretOnce
          title={t`Save this secret now`}
          text={t`Your server checks with it that a request comes from here. It is not shown again.`}
          secret={secret}
          onDone={() => setSecret(undefined)}
        />
      )}
      {pages.items && pages.items.length > 0 && (
        <ul className="list">
          {pages.items.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} onDeleted={() => pages.remove(webhook)} />
          ))}
        </ul>
      )}
      <LoadMore pages={pages} />
      <form className="account-fields" onSubmit={creating.submit} aria-labelledby="webhooks-heading">
        <Field
          label={t`Address of your server`}
          placeholder="https://example.org/hooks"
          type="url"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          required
          maxLength={2048}
          autoComplete="off"
        />
        <Failure of={creating.failure} />
        <button type="submit" className="button" aria-disabled={creating.busy}>
          {t`Add webhook`}
        </button>
      </form>
    </section>
  );
}

function WebhookRow({ webhook, onDeleted }: { webhook: Webhook; onDeleted: () => void }) {
  const { id, url, events } = webhook;
  const [enabled, setEnabled] = useState(webhook.enabled);
  const switching = useSubmission(async (on: boolean) => {
    setEnabled((await integrations.updateWebhook(id, { enabled: on })).enabled);
  });
  const deleting = useSubmission(async () => {
    if (!window.confirm(t`Delete the webhook to ${url}?`)) return;
    await integrations.deleteWebhook(id);
    toast(t`Webhook deleted`);
    onDeleted();
  });
  return (
    <li className="row account-webhook">
      <span className="row-text">
        <Switch
          label={url}
          hint={events.length === 0 ? t`All events` : events.join(', ')}
          on={enabled}
          onChange={(on) => void switching.run(on)}
        />
        <Failure of={switching.failure ?? deleting.failure} />
      </span>
      <button
        type="button"
        className="button small"
        aria-disabled={deleting.busy}
        aria-label={t`Delete the webhook to ${url}`}
        onClick={() => void deleting.run()}
      >
        {t`Delete`}
      </button>
    </li>
  );
}
