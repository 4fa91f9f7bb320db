import { useSyncExternalStore } from 'react';
import { type Preferences, preferences } from '../storage/preferences.js';

export function usePreferences(): Preferences {
  return useSyncExternalStore(preferences.subscribe, () => preferences.state);
}
