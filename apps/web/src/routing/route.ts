import { codeInLink } from '../meeting/meeting-link.js';

export type Route =
  | { page: 'home' }
  | { page: 'meeting'; code: string }
  | { page: 'place'; code: string; section: PlaceSection }
  | { page: 'embed'; code: string }
  | { page: 'outside-test' }
  | { page: 'admin'; section: string }
  | { page: AccountPage }
  | { page: 'unknown' };

export type AccountPage = (typeof accountPages)[keyof typeof accountPages];

/** The sections of a meeting's page outside of its call. */
export type PlaceSection = 'overview' | 'people' | 'chat' | 'files' | 'polls' | 'history' | 'settings';

/**
 * Reads a path of this app: `/`, `/m/abc-defg-hij`, `/m/abc-defg-hij/people`, `/embed/abc-defg-hij`,
 * `/doctor`, `/admin/users` or one of the account pages.
 */
export function routeOf(path: string): Route {
  if (path === '/') return { page: 'home' };
  if (/^\/doctor\/?$/.test(path)) return { page: 'outside-test' };
  const admin = /^\/admin(?:\/([a-z-]*))?\/?$/.exec(path);
  if (admin) return { page: 'admin', section: admin[1] ?? '' };
  const account = accountPages[path.replace(/\/$/, '') as keyof typeof accountPages];
  if (account) return { page: account };
  const place = /^(\/m\/[^/]+)\/(overview|people|chat|files|polls|history|settings)\/?$/.exec(path);
  const embedded = /^\/embed(\/[^/]+)\/?$/.exec(path)?.[1];
  const code = codeInLink(embedded ? `/m${embedded}` : (place?.[1] ?? path));
  if (place && code) return { page: 'place', code, section: place[2] as PlaceSection };
  if (code && embedded) return { page: 'embed', code };
  return code ? { page: 'meeting', code } : { page: 'unknown' };
}

export function meetingPath(code: string): string {
  return `/m/${code}`;
}

export function placePath(code: string, section: PlaceSection = 'overview'): string {
  return `${meetingPath(code)}/${section}`;
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
