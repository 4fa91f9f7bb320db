import { t } from '@lingui/core/macro';
import type { Session } from '@waterbus/client';
import { formats } from '../language/language.js';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { account } from '../sign-in/account.js';
import { deviceName } from './device-name.js';
import { LoadMore } from './load-more.js';
import { usePages } from './use-pages.js';
import { useSubmission } from './use-submission.js';

/** The sessions of the account. */
export function SessionsSection() {
  const pages = usePages((cursor) => account.sessions({ cursor, limit: SESSIONS_AT_ONCE }));
  return (
    <section className="card" aria-labelledby="sessions-heading">
      <h2 id="sessions-heading">{t`Where you are signed in`}</h2>
      {pages.items && (
        <ul className="list">
          {pages.items.map((session) => (
            <SessionRow key={session.id} session={session} onEnded={() => pages.remove(session)} />
          ))}
        </ul>
      )}
      <LoadMore pages={pages} />
    </section>
  );
}

function SessionRow({ session, onEnded }: { session: Session; onEnded: () => void }) {
  const name = deviceName(session.userAgent);
  const { busy, failure, run } = useSubmission(async () => {
    await account.endSession(session.id);
    toast(t`Signed out on ${name}`);
    onEnded();
  });
  return (
    <li className="row">
      <span className="row-text">
        <span className="row-title">{name}</span>
        <span className="row-detail">
          {session.current ? t`This browser` : t`Last used ${{ date: shortDate(session.lastUsedAt) }}`}
        </span>
        <Failure of={failure} />
      </span>
      {!session.current && (
        <button
          type="button"
          className="button small"
          aria-disabled={busy}
          aria-label={t`Sign out on ${name}`}
          onClick={() => void run()}
        >
          {t`Sign out`}
        </button>
      )}
    </li>
  );
}

function shortDate(text: string): string {
  return new Date(text).toLocaleString(formats(), { dateStyle: 'medium', timeStyle: 'short' });
}

const SESSIONS_AT_ONCE = 10;
