import { codeInLink } from '../meeting/meeting-link.js';

export type Route =
  | { page: 'home' }
  | { page: 'meeting'; code: string }
  | { page: 'outside-test' }
  | { page: 'admin'; section: string }
  | { page: AccountPage }
  | { page: 'unknown' };

export type AccountPage = (typeof accountPages)[keyof typeof accountPages];

/** Reads a path of this app: `/`, `/m/abc-defg-hij`, `/doctor`, `/admin/users` or one of the account pages. */
export function routeOf(path: string): Route {
  if (path === '/') return { page: 'home' };
  if (/^\/doctor\/?$/.test(path)) return { page: 'outside-test' };
  const admin = /^\/admin(?:\/([a-z-]*))?\/?$/.exec(path);
  if (admin) return { page: 'admin', section: admin[1] ?? '' };
  const account = accountPages[path.replace(/\/$/, '') as keyof typeof accountPages];
  if (account) return { page: account };
  const code = codeInLink(path);
  return code ? { page: 'meeting', code } : { page: 'unknown' };
}

export function meetingPath(code: string): string {
  return `/m/${code}`;
}

/** The server answers these paths with the page, too; mails contain those with a hyphen. */
const accountPages = {
  '/sign-in': 'sign-in',
  '/create-account': 'create-account',
  '/signed-in': 'signed-in',
  '/forgot-password': 'forgot-password',
  '/reset-password': 'reset-password',
  '/verify-email': 'verify-email',
  '/invitation': 'invitation',
  '/account': 'account',
} as const;
