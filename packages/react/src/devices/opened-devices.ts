import type {
  DeviceKind,
  DeviceTrouble,
  MediaDeviceState,
  MediaDevicesState,
  MediaDevicesStore,
} from './media-devices.js';

/**
 * The devices of a page that has no store of its own: opens the microphone and the camera that are
 * on, and closes what is off.
 */
export class OpenedDevices implements MediaDevicesStore {
  #state: MediaDevicesState;
  #listeners = new Set<() => void>();
  #attempts: Record<DeviceKind, number> = { microphone: 0, camera: 0 };

  constructor(on: { microphone?: boolean; camera?: boolean } = {}) {
    const initial = (isOn = true): MediaDeviceState => ({
      ...{ on: isOn, track: undefined, starting: false, asking: false, trouble: undefined, deviceId: undefined },
    });
    this.#state = {
      microphone: initial(on.microphone),
      camera: initial(on.camera),
      speakerId: undefined,
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

  /** Opens the devices that are on. Call `close` when they are no longer needed. */
  async open(): Promise<void> {
    await Promise.all(KINDS.filter((kind) => this.#state[kind].on).map((kind) => this.#open(kind)));
  }

  close(): void {
    for (const kind of KINDS) this.#stop(kind);
  }

  toggle(kind: DeviceKind): void {
    const on = !this.#state[kind].on;
    this.#set(kind, { on });
    if (on) void this.#open(kind);
    else this.#stop(kind);
  }

  choose(kind: DeviceKind, deviceId: string): void {
    this.#set(kind, { deviceId });
    if (!this.#state[kind].on) return;
    // Phones open one camera at a time.
    this.#stop(kind);
    void this.#open(kind);
  }

  chooseSpeaker(deviceId: string): void {
    this.#replace({ ...this.#state, speakerId: deviceId });
  }

  async #open(kind: DeviceKind): Promise<void> {
    this.#attempts[kind] += 1;
    const attempt = this.#attempts[kind];
    this.#set(kind, { starting: true, trouble: undefined });
    const result = await capture(kind, this.#state[kind].deviceId);
    if (attempt !== this.#attempts[kind]) {
      if (typeof result === 'object') result.stop();
      return;
    }
    if (typeof result === 'string') return this.#set(kind, { on: false, starting: false, trouble: result });
    // Fires when the device is unplugged, not after `stop`.
    result.addEventListener('ended', () => {
      if (this.#state[kind].track === result) this.#set(kind, { on: false, track: undefined, trouble: 'lost' });
    });
    this.#set(kind, { track: result, starting: false });
    await this.#list();
  }

  #stop(kind: DeviceKind): void {
    this.#attempts[kind] += 1;
    const { track } = this.#state[kind];
    // Notified first: the sender of the track removes it before it freezes.
    this.#set(kind, { track: undefined, starting: false });
    track?.stop();
  }

  async #list(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const of = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind && device.deviceId !== '');
    const available = { microphone: of('audioinput'), camera: of('videoinput'), speaker: of('audiooutput') };
    this.#replace({ ...this.#state, available });
  }

  #set(kind: DeviceKind, change: Partial<MediaDeviceState>): void {
    this.#replace({ ...this.#state, [kind]: { ...this.#state[kind], ...change } });
  }

  #replace(state: MediaDevicesState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

async function capture(kind: DeviceKind, deviceId: string | undefined): Promise<MediaStreamTrack | DeviceTrouble> {
  if (!navigator.mediaDevices) return 'insecure';
  const wanted = deviceId ? { deviceId: { exact: deviceId } } : true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia(
      kind === 'microphone' ? { audio: wanted } : { video: wanted },
    );
    return stream.getTracks()[0] ?? 'none';
  } catch (error) {
    return troubleOf((error as DOMException).name);
  }
}

/** By the names of Media Capture and Streams, section 10.2.1. */
function troubleOf(name: string): DeviceTrouble {
  if (name === 'NotAllowedError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return name === 'SecurityError' ? 'insecure' : 'failed';
}

const KINDS: readonly DeviceKind[] = ['microphone', 'camera'];
