import { t } from '@lingui/core/macro';
import { Avatar } from '../parts/avatar.js';
import { LanguageChoice } from '../parts/language-choice.js';
import { Link } from '../routing/link.js';
import { withNext } from '../sign-in/next.js';
import { useAccount } from '../sign-in/use-account.js';
import { Brand } from './brand.js';

/**
 * The top of every page outside of calls. `next`: the page after signing in; null: the page itself
 * is about signing in.
 */
export function PageHeader({ next = '/' }: { next?: string | null }) {
  const { signedIn, user } = useAccount();
  return (
    <header className="page-header">
      <Brand />
      <LanguageChoice />
      {signedIn ? (
        <Link to="/account" className="account-link">
          {user && <Avatar name={user.name} picture={user.avatarUrl} />}
          <span className="account-name">{user?.name ?? t`Account`}</span>
        </Link>
      ) : (
        next !== null && (
          <Link to={withNext('/sign-in', next)} className="button quiet">
            {t`Sign in`}
          </Link>
        )
      )}
    </header>
  );
}
