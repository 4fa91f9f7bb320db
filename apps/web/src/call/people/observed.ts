import { plural } from '@lingui/core/macro';
/** The notice for all participants that hidden participants are in the call. */
export function observedBy(observers: number): string {
  return plural(observers, {
    one: 'Someone is observing this call',
    other: '# people are observing this call',
  });
}
