/** The devices that a person switches on and off. */
export type DeviceKind = 'microphone' | 'camera';

/**
 * Why a device yields no sound or picture. `denied`: by the user or the browser; `none`: there is
 * no such device; `busy`: another program uses it; `lost`: it was unplugged; `insecure`: the page is
 * neither on https nor on localhost.
 */
export type DeviceTrouble = 'denied' | 'none' | 'busy' | 'lost' | 'insecure' | 'failed';

/** One device of the user. */
export interface MediaDeviceState {
  /** The user's setting. */
  readonly on: boolean;
  /** The open track. A microphone that is off may keep its track, so that it restarts at once. */
  readonly track: MediaStreamTrack | undefined;
  readonly starting: boolean;
  /** The browser waits for the user to allow the device. */
  readonly asking: boolean;
  readonly trouble: DeviceTrouble | undefined;
  /** The chosen device, if one was chosen. */
  readonly deviceId: string | undefined;
}

/** The devices of the user. */
export interface MediaDevicesState {
  readonly microphone: MediaDeviceState;
  readonly camera: MediaDeviceState;
  /** The device for sound output; undefined: the system decides. */
  readonly speakerId: string | undefined;
  readonly available: Readonly<Record<DeviceKind | 'speaker', readonly MediaDeviceInfo[]>>;
}

/** This user's microphone, camera and speaker: a store that is independent of calls. */
export interface MediaDevicesStore {
  /** A new object after each change. */
  readonly state: MediaDevicesState;
  /** Calls back after each change, until the returned function is called. */
  readonly subscribe: (listener: () => void) => () => void;
  toggle(kind: DeviceKind): void;
  /** Uses another device from now on. */
  choose(kind: DeviceKind, deviceId: string): void;
  chooseSpeaker(deviceId: string): void;
}
