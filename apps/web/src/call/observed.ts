/** What everybody in a call reads while somebody is in it without being shown. */
export function observedBy(observers: number): string {
  return observers === 1 ? 'Somebody observes this call' : `${observers} people observe this call`;
}
