import type { Remembered, RememberedDevice } from '../storage/remembered.js';
import {
  browserPermissions,
  type Captured,
  type CaptureSource,
  capture,
  captureBoth,
  type Permissions,
} from './capture.js';
import type { DeviceKind, Trouble } from './trouble.js';

export interface DeviceState {
  /** The user's setting. */
  readonly on: boolean;
  /**
   * The open track. A microphone that is off keeps its track, so that it restarts at once; a camera
   * does not.
   */
  readonly track: MediaStreamTrack | undefined;
  readonly starting: boolean;
  /** The browser waits for the user to allow the device. */
  readonly asking: boolean;
  readonly trouble: Trouble | undefined;
  /** The chosen device, if one was chosen. */
  readonly deviceId: string | undefined;
}

export interface DevicesState {
  readonly microphone: DeviceState;
  readonly camera: DeviceState;
  /** The device for sound output; undefined: the system decides. */
  readonly speakerId: string | undefined;
  readonly available: Readonly<Record<RememberedDevice, readonly MediaDeviceInfo[]>>;
}

type DeviceMemory = Pick<Remembered, 'device' | 'rememberDevice' | 'isOff' | 'rememberOff'>;

/**
 * This user's microphone, camera and speaker: opened, chosen, switched. A store for React that is
 * independent of calls.
 */
export class LocalDevices {
  #state: DevicesState;
  #source: CaptureSource | undefined;
  #remembered: DeviceMemory;
  #listeners = new Set<() => void>();
  /** Incremented when a pending answer is no longer wanted. */
  #attempts: Record<DeviceKind, number> = { microphone: 0, camera: 0 };
  #permissions: Permissions;

  constructor(
    source: CaptureSource | undefined,
    remembered: DeviceMemory,
    permissions: Permissions = browserPermissions,
  ) {
    this.#source = source;
    this.#permissions = permissions;
    this.#remembered = remembered;
    const initial = (kind: DeviceKind): DeviceState => ({
      on: !remembered.isOff(kind),
      track: undefined,
      starting: false,
      asking: false,
      trouble: undefined,
      deviceId: remembered.device(kind),
    });
    this.#state = {
      microphone: initial('microphone'),
      camera: initial('camera'),
      speakerId: remembered.device('speaker'),
      available: { microphone: [], camera: [], speaker: [] },
    };
  }

  get state(): DevicesState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Opens the wanted devices. May be called again after `close`. */
  async open(): Promise<void> {
    this.#source?.addEventListener('devicechange', this.#list);
    const { microphone, camera } = this.#state;
    if (microphone.on && camera.on) await this.#openBoth();
    else await Promise.all((['microphone', 'camera'] as const).filter((kind) => this.#state[kind].on).map(this.#open));
  }

  /** Releases the devices; the user's settings are kept. */
  close(): void {
    this.#source?.removeEventListener('devicechange', this.#list);
    for (const kind of ['microphone', 'camera'] as const) {
      this.#attempts[kind] += 1;
      const { track } = this.#state[kind];
      this.#set(kind, { track: undefined, starting: false, asking: false });
      track?.stop();
    }
  }

  /** Does nothing while the browser asks the user: the answer decides. */
  toggle(kind: DeviceKind): void {
    const { on, track, asking } = this.#state[kind];
    if (asking) return;
    this.#remembered.rememberOff(kind, on);
    if (on) this.switchOff(kind);
    else if (track) this.#switch(kind, track, true);
    else void this.#open(kind);
  }

  /** Not the user's action: the next visit begins with the user's last setting. */
  switchOff(kind: DeviceKind): void {
    const { on, track } = this.#state[kind];
    if (!on) return;
    if (kind === 'microphone') {
      if (track) this.#switch(kind, track, false);
      else this.#set(kind, { on: false });
    } else {
      this.#attempts[kind] += 1;
      // Notified first: the sender of the track removes it before it freezes.
      this.#set(kind, { on: false, track: undefined, starting: false, asking: false });
      track?.stop();
    }
  }

  /** Unmutes an open microphone. Not the user's setting: the next visit begins as before. */
  switchOnMicrophone(): void {
    const { on, track } = this.#state.microphone;
    if (!on && track) this.#switch('microphone', track, true);
  }

  choose(kind: DeviceKind, deviceId: string): void {
    this.#remembered.rememberDevice(kind, deviceId);
    const { track, on } = this.#state[kind];
    this.#set(kind, { deviceId });
    if (!track && !on) return;
    // Phones open one camera at a time: the old one stops first.
    track?.stop();
    void this.#open(kind);
  }

  chooseSpeaker(deviceId: string): void {
    this.#remembered.rememberDevice('speaker', deviceId);
    this.#replace({ ...this.#state, speakerId: deviceId });
  }

  #switch(kind: DeviceKind, track: MediaStreamTrack, on: boolean): void {
    track.enabled = on;
    this.#set(kind, { on });
  }

  async #openBoth(): Promise<void> {
    const attempts = { microphone: this.#begin('microphone'), camera: this.#begin('camera') };
    const { microphone, camera } = this.#state;
    const ids = { microphone: microphone.deviceId, camera: camera.deviceId };
    const both = await captureBoth(this.#source, ids, async (kind) => (await this.#permissions(kind)) === 'granted');
    this.#captured('microphone', attempts.microphone, both.microphone);
    this.#captured('camera', attempts.camera, both.camera);
    await this.#list();
  }

  #open = async (kind: DeviceKind): Promise<void> => {
    this.#set(kind, { on: this.#state[kind].track ? this.#state[kind].on : true });
    const attempt = this.#begin(kind);
    this.#captured(kind, attempt, await capture(this.#source, kind, this.#state[kind].deviceId));
    await this.#list();
  };

  #begin(kind: DeviceKind): number {
    this.#set(kind, { starting: true, trouble: undefined });
    this.#attempts[kind] += 1;
    const attempt = this.#attempts[kind];
    if (this.#source) void this.#noteQuestion(kind, attempt);
    return attempt;
  }

  /** A device that was allowed before starts without a permission request. */
  async #noteQuestion(kind: DeviceKind, attempt: number): Promise<void> {
    const permission = await this.#permissions(kind);
    const isWanted = attempt === this.#attempts[kind] && this.#state[kind].starting;
    if (permission === 'prompt' && isWanted) this.#set(kind, { asking: true });
  }

  #captured(kind: DeviceKind, attempt: number, result: Captured): void {
    const track = 'track' in result ? result.track : undefined;
    if (attempt !== this.#attempts[kind]) {
      track?.stop();
      return;
    }
    if ('trouble' in result) {
      this.#set(kind, { on: false, track: undefined, starting: false, asking: false, trouble: result.trouble });
      return;
    }
    result.track.enabled = this.#state[kind].on;
    // Fires when the device is unplugged or permission is revoked, not after `stop`.
    result.track.addEventListener('ended', () => {
      if (this.#state[kind].track !== result.track) return;
      this.#set(kind, { on: false, track: undefined, trouble: 'lost' });
    });
    this.#set(kind, { track: result.track, starting: false, asking: false });
  }

  #list = async (): Promise<void> => {
    const devices = (await this.#source?.enumerateDevices().catch(() => [])) ?? [];
    // Without permission devices have neither ids nor names.
    const of = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind && device.deviceId !== '');
    const available = { microphone: of('audioinput'), camera: of('videoinput'), speaker: of('audiooutput') };
    this.#replace({ ...this.#state, available });
  };

  #set(kind: DeviceKind, change: Partial<DeviceState>): void {
    this.#replace({ ...this.#state, [kind]: { ...this.#state[kind], ...change } });
  }

  #replace(state: DevicesState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
