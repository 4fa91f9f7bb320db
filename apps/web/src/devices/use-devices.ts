import { useSyncExternalStore } from 'react';
import type { DevicesState, LocalDevices } from './local-devices.js';
import { askingText, type DeviceKind } from './trouble.js';

export function useDevices(devices: LocalDevices): DevicesState {
  return useSyncExternalStore(devices.subscribe, () => devices.state);
}

/** The hint for an open permission request of the browser; undefined: there is none. */
export function questionOf({ camera, microphone }: DevicesState): string | undefined {
  const asked: DeviceKind[] = [];
  if (camera.asking) asked.push('camera');
  if (microphone.asking) asked.push('microphone');
  return asked.length > 0 ? askingText(asked) : undefined;
}
