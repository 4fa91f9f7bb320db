import { codeIn } from '../meeting/meeting-link.js';
import { meetingPath, type Route, routeOf } from '../routing/route.js';

/**
 * The page after signing in: the one that requested it. Only pages of this app, whatever the
 * address contains.
 */
export function nextIn(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '/';
  const route = routeOf(next);
  if (route.page === 'meeting') return meetingPath(codeIn(route.code) ?? route.code);
  return NEXT.has(route.page) ? next : '/';
}

export function withNext(path: string, next: string): string {
  return next === '/' ? path : `${path}?${new URLSearchParams({ next })}`;
}

const NEXT: ReadonlySet<Route['page']> = new Set(['account', 'admin', 'invitation', 'place']);
