import { useSyncExternalStore } from 'react';
import type { DevicesState, LocalDevices } from './local-devices.js';

export function useDevices(devices: LocalDevices): DevicesState {
  return useSyncExternalStore(devices.subscribe, () => devices.state);
}
