import { useSyncExternalStore } from 'react';
import type { MediaDevicesState, MediaDevicesStore } from './media-devices.js';

/** The state of the devices; renders again after each change. */
export function useMediaDevices(devices: Pick<MediaDevicesStore, 'state' | 'subscribe'>): MediaDevicesState {
  const read = () => devices.state;
  return useSyncExternalStore(devices.subscribe, read, read);
}
