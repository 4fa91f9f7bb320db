/** The notice for everybody in a call that hidden participants are in. */
export function observedBy(observers: number): string {
  return observers === 1 ? 'Someone is observing this call' : `${observers} people are observing this call`;
}
