import {
  browserPermissions,
  type Captured,
  type CaptureSource,
  capture,
  captureBoth,
  type DevicePermissions,
  type Wanted,
} from './capture.js';
import type { DeviceEffect, ProcessedTrack } from './device-effect.js';
import type { DeviceMemory } from './device-memory.js';
import type { DeviceKind, MediaDeviceState, MediaDevicesState, MediaDevicesStore } from './media-devices.js';

/** An open device. */
interface Opened {
  readonly track: MediaStreamTrack;
  processed?: ProcessedTrack | undefined;
}

/** How `OpenedDevices` begins. */
export interface OpenedDevicesOptions {
  /** False: off at first. Omitted: as the memory has it, else on. */
  microphone?: boolean;
  camera?: boolean;
  /** Omitted: nothing is kept. */
  memory?: DeviceMemory;
  /** Omitted: asks the browser. */
  permissions?: DevicePermissions;
}

/**
 * This user's microphone, camera and speaker: opened, chosen, switched. Independent of calls: the
 * same devices serve the lobby and the call.
 */
export class OpenedDevices implements MediaDevicesStore {
  #state: MediaDevicesState;
  /** Undefined on pages that are not secure, and outside of browsers. */
  #source: CaptureSource | undefined = globalThis.navigator?.mediaDevices;
  #memory: DeviceMemory | undefined;
  #listeners = new Set<() => void>();
  /** Incremented when a pending answer is no longer wanted. */
  #attempts: Record<DeviceKind, number> = { microphone: 0, camera: 0 };
  #permissions: DevicePermissions;
  #opened: Partial<Record<DeviceKind, Opened>> = {};
  #effects: Partial<Record<DeviceKind, DeviceEffect>> = {};

  constructor(options: OpenedDevicesOptions = {}) {
    const { memory, permissions = browserPermissions } = options;
    this.#permissions = permissions;
    this.#memory = memory;
    const initial = (kind: DeviceKind): MediaDeviceState => ({
      on: options[kind] ?? !memory?.isOff(kind),
      track: undefined,
      starting: false,
      asking: false,
      trouble: undefined,
      deviceId: memory?.device(kind),
    });
    this.#state = {
      microphone: initial('microphone'),
      camera: initial('camera'),
      speakerId: memory?.device('speaker'),
      available: { microphone: [], camera: [], speaker: [] },
    };
  }

  get state(): MediaDevicesState {
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
    else await Promise.all(KINDS.filter((kind) => this.#state[kind].on).map(this.#open));
  }

  /** Releases the devices; the user's settings are kept. */
  close(): void {
    this.#source?.removeEventListener('devicechange', this.#list);
    for (const kind of KINDS) {
      this.#attempts[kind] += 1;
      this.#set(kind, { track: undefined, starting: false, asking: false });
      this.#stop(kind);
    }
  }

  /** Does nothing while the browser asks the user: the answer decides. */
  toggle(kind: DeviceKind): void {
    const { on, track, asking } = this.#state[kind];
    if (asking) return;
    this.#memory?.rememberOff(kind, on);
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
      this.#stop(kind);
    }
  }

  /** Unmutes an open microphone. Not the user's setting: the next visit begins as before. */
  switchOnMicrophone(): void {
    const { on, track } = this.#state.microphone;
    if (!on && track) this.#switch('microphone', track, true);
  }

  choose(kind: DeviceKind, deviceId: string): void {
    this.#memory?.rememberDevice(kind, deviceId);
    this.#set(kind, { deviceId });
    this.#reopen(kind);
  }

  /** From now on, and for the open device; undefined: none. */
  setEffect(kind: DeviceKind, effect: DeviceEffect | undefined): void {
    const before = this.#effects[kind];
    if (before === effect) return;
    this.#effects[kind] = effect;
    // Browsers change their own suppression only when they open a microphone.
    if ((before?.suppressesNoise ?? false) !== (effect?.suppressesNoise ?? false)) this.#reopen(kind);
    else this.#change(kind, effect);
  }

  #change(kind: DeviceKind, effect: DeviceEffect | undefined): void {
    const opened = this.#opened[kind];
    if (!opened) return;
    this.#attempts[kind] += 1;
    if (effect) void this.#process(kind, this.#attempts[kind], opened, effect);
    else {
      const { processed } = opened;
      opened.processed = undefined;
      this.#show(kind, opened.track);
      processed?.stop();
    }
  }

  #reopen(kind: DeviceKind): void {
    const { track, on, starting } = this.#state[kind];
    if (!track && !on && !starting) return;
    // Phones open one camera at a time: the old one stops first.
    this.#stop(kind);
    void this.#open(kind);
  }

  chooseSpeaker(deviceId: string): void {
    this.#memory?.rememberDevice('speaker', deviceId);
    this.#replace({ ...this.#state, speakerId: deviceId });
  }

  #switch(kind: DeviceKind, track: MediaStreamTrack, on: boolean): void {
    track.enabled = on;
    const device = this.#opened[kind];
    if (device) device.track.enabled = on;
    this.#set(kind, { on });
  }

  async #openBoth(): Promise<void> {
    const attempts = { microphone: this.#begin('microphone'), camera: this.#begin('camera') };
    const both = await captureBoth(
      this.#source,
      this.#wanted,
      async (kind) => (await this.#permissions(kind)) === 'granted',
    );
    this.#captured('microphone', attempts.microphone, both.microphone);
    this.#captured('camera', attempts.camera, both.camera);
    await this.#list();
  }

  #open = async (kind: DeviceKind): Promise<void> => {
    this.#set(kind, { on: this.#state[kind].track ? this.#state[kind].on : true });
    const attempt = this.#begin(kind);
    this.#captured(kind, attempt, await capture(this.#source, kind, this.#wanted));
    await this.#list();
  };

  get #wanted(): Wanted {
    const { microphone, camera } = this.#state;
    const noiseSuppression = this.#effects.microphone?.suppressesNoise !== true;
    return { deviceIds: { microphone: microphone.deviceId, camera: camera.deviceId }, noiseSuppression };
  }

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
    const opened: Opened = { track: result.track };
    this.#opened[kind] = opened;
    // Fires when the device is unplugged or permission is revoked, not after `stop`.
    result.track.addEventListener('ended', () => {
      if (this.#opened[kind] !== opened) return;
      this.#set(kind, { on: false, track: undefined, starting: false, trouble: 'lost' });
      this.#stop(kind);
    });
    const effect = this.#effects[kind];
    if (effect) void this.#process(kind, attempt, opened, effect);
    else this.#show(kind, opened.track);
  }

  /** A hidden background stays hidden: until the effect works, and if it does not. */
  async #process(kind: DeviceKind, attempt: number, opened: Opened, effect: DeviceEffect): Promise<void> {
    if (effect.conceals) this.#set(kind, { asking: false, starting: true });
    else this.#show(kind, opened.track);
    const processed = await effect.process(opened.track).catch(() => undefined);
    if (attempt !== this.#attempts[kind] || this.#opened[kind] !== opened) return processed?.stop();
    if (!processed) return effect.failed();
    const { processed: former } = opened;
    opened.processed = processed;
    adoptSettings(processed.track, opened.track);
    this.#show(kind, processed.track);
    former?.stop();
  }

  /** The track that others receive. */
  #show(kind: DeviceKind, track: MediaStreamTrack): void {
    track.enabled = this.#state[kind].on;
    const device = this.#opened[kind];
    if (device) device.track.enabled = track.enabled;
    this.#set(kind, { track, starting: false, asking: false });
  }

  #stop(kind: DeviceKind): void {
    const opened = this.#opened[kind];
    delete this.#opened[kind];
    opened?.processed?.stop();
    opened?.track.stop();
  }

  #list = async (): Promise<void> => {
    const devices = (await this.#source?.enumerateDevices().catch(() => [])) ?? [];
    // Without permission devices have neither ids nor names.
    const of = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind && device.deviceId !== '');
    const available = { microphone: of('audioinput'), camera: of('videoinput'), speaker: of('audiooutput') };
    this.#replace({ ...this.#state, available });
  };

  #set(kind: DeviceKind, change: Partial<MediaDeviceState>): void {
    this.#replace({ ...this.#state, [kind]: { ...this.#state[kind], ...change } });
  }

  #replace(state: MediaDevicesState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

/**
 * A processed track has settings of its own: only the device's name the camera, the side to which
 * it faces, and its size before the first frame.
 */
function adoptSettings(processed: MediaStreamTrack, device: MediaStreamTrack): void {
  const own = processed.getSettings.bind(processed);
  processed.getSettings = () => ({ ...own(), ...device.getSettings() });
}

const KINDS: readonly DeviceKind[] = ['microphone', 'camera'];
