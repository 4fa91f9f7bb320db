import { codeIn } from '../meeting/meeting-link.js';

export type Route = { page: 'home' } | { page: 'meeting'; code: string } | { page: 'unknown' };

/** Reads a path of this app: `/` or `/m/abc-defg-hij`. */
export function routeOf(path: string): Route {
  if (path === '/') return { page: 'home' };
  const code = /^\/m\/[^/]+\/?$/.test(path) ? codeIn(path.split('/')[2] ?? '') : undefined;
  return code ? { page: 'meeting', code } : { page: 'unknown' };
}

export function meetingPath(code: string): string {
  return `/m/${code}`;
}
