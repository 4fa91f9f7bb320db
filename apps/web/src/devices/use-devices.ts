import { useSyncExternalStore } from 'react';
import type { DevicesState, LocalDevices } from './local-devices.js';
import { askingText, type DeviceKind } from './trouble.js';

export function useDevices(devices: LocalDevices): DevicesState {
  return useSyncExternalStore(devices.subscribe, () => devices.state);
}

/** The hint for an open permission request of the browser; undefined: there is none. */
export function questionOf({ camera, microphone }: DevicesState): string | undefined {
  const requested: DeviceKind[] = [];
  if (camera.asking) requested.push('camera');
  if (microphone.asking) requested.push('microphone');
  return requested.length > 0 ? askingText(requested) : undefined;
}
