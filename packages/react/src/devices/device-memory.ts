import type { DeviceKind } from './media-devices.js';

/** Keeps the user's settings from one visit to the next. */
export interface DeviceMemory {
  /** Whether the user last switched it off. */
  isOff(kind: DeviceKind): boolean;
  rememberOff(kind: DeviceKind, off: boolean): void;
  /** The id of the device that the user last chose. */
  device(kind: DeviceKind | 'speaker'): string | undefined;
  rememberDevice(kind: DeviceKind | 'speaker', deviceId: string): void;
}
