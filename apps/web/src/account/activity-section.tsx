import { t } from '@lingui/core/macro';
import type { AccountAuditAction, AccountAuditEvent } from '@waterbus/client';
import { formats } from '../language/language.js';
import { account } from '../sign-in/account.js';
import { LoadMore } from './load-more.js';
import { networkName } from './network-name.js';
import { usePages } from './use-pages.js';

/** The account's audit events: they show its user the actions of others. */
export function ActivitySection() {
  const pages = usePages((cursor) => account.auditEvents({ cursor, limit: EVENTS_AT_ONCE }));
  return (
    <section className="card" aria-labelledby="activity-heading">
      <h2 id="activity-heading">{t`Recent activity`}</h2>
      {pages.items?.length === 0 && <p>{t`Nothing yet.`}</p>}
      {pages.items && (
        <ul className="list">
          {pages.items.map((event) => (
            <li className="row" key={event.id}>
              <span className="row-text">
                <span className="row-title">{nameOf(event)}</span>
                <span className="row-detail">{placeAndTime(event)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <LoadMore pages={pages} />
    </section>
  );
}

/** An action of a later server has no other name yet. */
function nameOf({ action }: AccountAuditEvent): string {
  return (words() as Partial<Record<string, string>>)[action] ?? action;
}

function placeAndTime({ actor, network, createdAt }: AccountAuditEvent): string {
  const time = new Date(createdAt).toLocaleString(formats(), { dateStyle: 'medium', timeStyle: 'short' });
  if (actor.kind === 'administrator') return t`${time} by an administrator`;
  const from = network === null ? undefined : networkName(network);
  if (actor.kind !== 'api-key') return from === undefined ? time : t`${time} from ${from}`;
  const key = actor.name ?? actor.id ?? '';
  return from === undefined ? t`${time} by the API key ${key}` : t`${time} from ${from} by the API key ${key}`;
}

const words = (): Record<AccountAuditAction, string> => ({
  'session.started': t`Signed in`,
  'session.refused': t`Too many attempts to sign in`,
  'session.ended': t`Signed out`,
  'sessions.ended': t`Signed out everywhere`,
  'password.changed': t`Password changed`,
  'password.reset': t`New password set by mail`,
  'credentials.ended': t`Address confirmed by an identity provider; earlier sign-ins ended`,
  'totp.added': t`Authenticator app added`,
  'totp.removed': t`Authenticator app removed`,
  'recovery-codes.replaced': t`New recovery codes generated`,
  'passkey.added': t`Passkey added`,
  'passkey.removed': t`Passkey removed`,
  'api-key.created': t`API key created`,
  'api-key.removed': t`API key removed`,
  'webhook.created': t`Webhook added`,
  'webhook.changed': t`Webhook changed`,
  'webhook.removed': t`Webhook removed`,
  'webhook.retried': t`Webhook delivery repeated`,
  'identity.linked': t`Sign-in method added`,
  'identity.unlinked': t`Sign-in method removed`,
  'account.exported': t`Data downloaded`,
  'account.deleted': t`Account deleted`,
  'account.disabled': t`Account disabled`,
  'account.enabled': t`Account enabled again`,
});

const EVENTS_AT_ONCE = 10;
