/** The notice for all participants that hidden participants are in the call. */
export function observedBy(observers: number): string {
  return observers === 1 ? 'Someone is observing this call' : `${observers} people are observing this call`;
}
