import type { AccountAuditEvent } from '@waterbus/client';
import { account } from '../sign-in/account.js';
import { LoadMore } from './load-more.js';
import { networkName } from './network-name.js';
import { usePages } from './use-pages.js';

/** The account's audit events: they show its user the actions of others. */
export function ActivitySection() {
  const pages = usePages((cursor) => account.auditEvents({ cursor, limit: EVENTS_AT_ONCE }));
  return (
    <section className="card" aria-labelledby="activity-heading">
      <h2 id="activity-heading">Recent activity</h2>
      {pages.items?.length === 0 && <p>Nothing yet.</p>}
      {pages.items && (
        <ul className="list">
          {pages.items.map((event) => (
            <li className="row" key={event.id}>
              <span className="row-text">
                <span className="row-title">{words[event.action]}</span>
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

function placeAndTime({ actor, network, createdAt }: AccountAuditEvent): string {
  const time = new Date(createdAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  const key = actor.kind === 'api-key' ? ` by the API key ${actor.name ?? actor.id}` : '';
  if (actor.kind === 'administrator') return `${time} by an administrator`;
  return network === null ? `${time}${key}` : `${time} from ${networkName(network)}${key}`;
}

const words: Record<AccountAuditEvent['action'], string> = {
  'session.started': 'Signed in',
  'session.refused': 'Too many attempts to sign in',
  'session.ended': 'Signed out',
  'sessions.ended': 'Signed out everywhere',
  'password.changed': 'Password changed',
  'password.reset': 'New password set by mail',
  'credentials.ended': 'Address confirmed by an identity provider; earlier sign-ins ended',
  'totp.added': 'Authenticator app added',
  'totp.removed': 'Authenticator app removed',
  'recovery-codes.replaced': 'New recovery codes generated',
  'passkey.added': 'Passkey added',
  'passkey.removed': 'Passkey removed',
  'api-key.created': 'API key created',
  'api-key.removed': 'API key removed',
  'webhook.created': 'Webhook added',
  'webhook.changed': 'Webhook changed',
  'webhook.removed': 'Webhook removed',
  'webhook.retried': 'Webhook delivery repeated',
  'identity.linked': 'Sign-in method added',
  'identity.unlinked': 'Sign-in method removed',
  'account.exported': 'Data downloaded',
  'account.deleted': 'Account deleted',
  'account.disabled': 'Account disabled',
  'account.enabled': 'Account enabled again',
};

const EVENTS_AT_ONCE = 10;
