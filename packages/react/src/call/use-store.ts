import { useSyncExternalStore } from 'react';
import type { CallStore } from './call-store.js';

/** The state of a store; renders again with each new one. */
export function useStore<State extends object>(store: Pick<CallStore<State, never>, 'subscribe' | 'state'>): State {
  const read = () => store.state;
  return useSyncExternalStore(store.subscribe, read, read);
}
