import { codeIn } from '../meeting/meeting-link.js';
import { meetingPath, routeOf } from '../routing/route.js';

/**
 * The page after signing in: the one that requested it. Only pages of this app, whatever the
 * address contains.
 */
export function nextIn(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '/';
  const route = routeOf(next);
  if (route.page === 'meeting') return meetingPath(codeIn(route.code) ?? route.code);
  return route.page === 'account' || route.page === 'invitation' ? next : '/';
}

export function withNext(path: string, next: string): string {
  return next === '/' ? path : `${path}?${new URLSearchParams({ next })}`;
}
