import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeviceEffect } from './device-effect.js';
import type { DeviceMemory } from './device-memory.js';
import { OpenedDevices } from './opened-devices.js';

class Track extends EventTarget {
  enabled = true;
  stopped = false;
  constructor(
    readonly kind: string,
    readonly deviceId: string | undefined,
  ) {
    super();
  }
  stop(): void {
    this.stopped = true;
  }
  getSettings(): MediaTrackSettings {
    return this.deviceId === undefined ? {} : { deviceId: this.deviceId };
  }
}

/** Devices whose answers the test controls. */
class Source {
  questions: { wanted: MediaStreamConstraints; answer(): Track[]; refuse(name: string): void }[] = [];
  addEventListener(): void {}
  removeEventListener(): void {}
  enumerateDevices = async () => [{ kind: 'videoinput', deviceId: 'c1' } as MediaDeviceInfo];

  getUserMedia(wanted: MediaStreamConstraints): Promise<MediaStream> {
    return new Promise((resolve, reject) => {
      this.questions.push({
        wanted,
        answer: () => {
          const tracks = [track('audio', wanted.audio), track('video', wanted.video)].filter(
            (one) => one !== undefined,
          );
          const of = (kind: string) => () => tracks.filter((one) => one.kind === kind);
          resolve({ getAudioTracks: of('audio'), getVideoTracks: of('video') } as unknown as MediaStream);
          return tracks;
        },
        refuse: (name) => reject(Object.assign(new Error(name), { name })),
      });
    });
  }

  async question(index: number) {
    await expect.poll(() => this.questions.length).toBeGreaterThan(index);
    return this.questions[index]!;
  }
}

function track(kind: string, wanted: boolean | MediaTrackConstraints | undefined): Track | undefined {
  if (typeof wanted !== 'object') return undefined;
  return new Track(kind, (wanted.deviceId as { exact?: string } | undefined)?.exact);
}

let source: Source;
let devices: OpenedDevices;
const stored = new Map<string, string>();
const memory: DeviceMemory = {
  isOff: (kind) => stored.get(`off.${kind}`) === 'yes',
  rememberOff: (kind, off) => void stored.set(`off.${kind}`, off ? 'yes' : 'no'),
  device: (kind) => stored.get(`device.${kind}`),
  rememberDevice: (kind, deviceId) => void stored.set(`device.${kind}`, deviceId),
};

beforeEach(() => {
  stored.clear();
  source = new Source();
  vi.stubGlobal('navigator', { mediaDevices: source });
  devices = new OpenedDevices({ memory });
});

afterAll(() => {
  vi.unstubAllGlobals();
});

async function opened(): Promise<{ microphone: Track; camera: Track }> {
  const opening = devices.open();
  const [microphone, camera] = (await source.question(0)).answer();
  await opening;
  return { microphone: microphone!, camera: camera! };
}

describe('opening', () => {
  it('requests both at once', async () => {
    const { microphone, camera } = await opened();
    expect(source.questions).toHaveLength(1);
    expect(devices.state).toMatchObject({
      microphone: { on: true, track: microphone, starting: false },
      camera: { on: true, track: camera, starting: false },
      available: { camera: [{ deviceId: 'c1' }], microphone: [] },
    });
  });

  it('uses the only device of the two', async () => {
    const opening = devices.open();
    (await source.question(0)).refuse('NotFoundError');
    const alone = await source.question(1);
    const other = await source.question(2);
    expect(alone.wanted.video).toBeUndefined();
    const [microphone] = alone.answer();
    other.refuse('NotFoundError');
    await opening;
    expect(devices.state).toMatchObject({
      microphone: { on: true, track: microphone },
      camera: { on: false, trouble: 'none' },
    });
  });

  it('does not ask a user again that has refused', async () => {
    const opening = devices.open();
    (await source.question(0)).refuse('NotAllowedError');
    await opening;
    expect(source.questions).toHaveLength(1);
    expect(devices.state).toMatchObject({ microphone: { trouble: 'denied' }, camera: { trouble: 'denied' } });
  });

  it('reports a page that is not secure', async () => {
    vi.stubGlobal('navigator', {});
    devices = new OpenedDevices();
    await devices.open();
    expect(devices.state.camera).toMatchObject({ on: false, trouble: 'insecure', starting: false });
  });

  it('lists the devices, and opens only what is on, without a memory too', async () => {
    devices = new OpenedDevices({ microphone: false });
    const opening = devices.open();
    const { wanted, answer } = await source.question(0);
    expect(wanted.audio).toBeUndefined();
    const [camera] = answer();
    await opening;
    expect(devices.state).toMatchObject({
      microphone: { on: false, track: undefined },
      camera: { on: true, track: camera },
      available: { camera: [{ deviceId: 'c1' }] },
    });
    devices.choose('camera', 'c2');
    expect((await source.question(1)).wanted.video).toMatchObject({ deviceId: { exact: 'c2' } });
  });

  it('does not open devices that were switched off last time', async () => {
    const { camera } = await opened();
    devices.toggle('camera');
    expect(camera.stopped).toBe(true);
    devices.close();
    devices = new OpenedDevices({ memory });
    const opening = devices.open();
    const next = await source.question(1);
    expect(next.wanted.video).toBeUndefined();
    next.answer();
    await opening;
    expect(devices.state).toMatchObject({ microphone: { on: true }, camera: { on: false, track: undefined } });
  });
});

describe('switching', () => {
  it('keeps the microphone open, and silent', async () => {
    const { microphone } = await opened();
    devices.toggle('microphone');
    expect(devices.state.microphone).toMatchObject({ on: false, track: microphone });
    expect(microphone).toMatchObject({ enabled: false, stopped: false });
    devices.toggle('microphone');
    expect(microphone.enabled).toBe(true);
    expect(source.questions).toHaveLength(1);
  });

  it('reports the camera as off before it stops, and opens it again', async () => {
    const { camera } = await opened();
    const seen: boolean[] = [];
    const unsubscribe = devices.subscribe(() => seen.push(camera.stopped));
    devices.toggle('camera');
    unsubscribe();
    expect(seen).toEqual([false]);
    expect(camera.stopped).toBe(true);
    devices.toggle('camera');
    expect(devices.state.camera).toMatchObject({ on: true, starting: true });
    const [next] = (await source.question(1)).answer();
    await expect.poll(() => devices.state.camera.track).toBe(next);
  });

  it('releases a camera that opens after it was switched off again', async () => {
    await opened();
    devices.toggle('camera');
    devices.toggle('camera');
    devices.toggle('camera');
    const [late] = (await source.question(1)).answer();
    await expect.poll(() => late!.stopped).toBe(true);
    expect(devices.state.camera).toMatchObject({ on: false, track: undefined, starting: false });
  });

  it('releases devices that open after the page was left', async () => {
    const opening = devices.open();
    const question = await source.question(0);
    devices.close();
    const tracks = question.answer();
    await opening;
    expect(tracks.every(({ stopped }) => stopped)).toBe(true);
    expect(devices.state.camera).toMatchObject({ on: true, track: undefined });
  });
});

describe('choosing', () => {
  it('uses another device when the remembered one is unplugged', async () => {
    stored.set('device.camera', 'gone');
    devices = new OpenedDevices({ memory });
    const opening = devices.open();
    (await source.question(0)).refuse('OverconstrainedError');
    (await source.question(1)).answer();
    (await source.question(2)).refuse('OverconstrainedError');
    const last = await source.question(3);
    const [camera] = last.answer();
    await opening;
    expect(camera).toMatchObject({ kind: 'video', deviceId: undefined });
    expect(devices.state.camera).toMatchObject({ on: true, track: camera });
  });

  it('changes the device and remembers it; a muted microphone stays muted', async () => {
    const { microphone } = await opened();
    devices.toggle('microphone');
    devices.choose('microphone', 'm2');
    expect(microphone.stopped).toBe(true);
    const [next] = (await source.question(1)).answer();
    expect(next!.deviceId).toBe('m2');
    await expect.poll(() => devices.state.microphone.track).toBe(next);
    expect(devices.state.microphone.on).toBe(false);
    expect(next!.enabled).toBe(false);
    expect(stored.get('device.microphone')).toBe('m2');
  });

  it('does not switch a camera on that is off', async () => {
    await opened();
    devices.toggle('camera');
    devices.choose('camera', 'c2');
    expect(source.questions).toHaveLength(1);
    devices.toggle('camera');
    const [next] = (await source.question(1)).answer();
    expect(next!.deviceId).toBe('c2');
  });
});

describe('the permission request of the browser', () => {
  const withPermission = (state: PermissionState) => new OpenedDevices({ memory, permissions: async () => state });

  it('is open until the user has answered; switching does nothing meanwhile', async () => {
    devices = withPermission('prompt');
    const opening = devices.open();
    await expect.poll(() => devices.state.camera.asking).toBe(true);
    expect(devices.state.microphone.asking).toBe(true);
    devices.toggle('camera');
    expect(devices.state.camera).toMatchObject({ on: true, asking: true });
    const [, camera] = (await source.question(0)).answer();
    await opening;
    expect(devices.state.camera).toMatchObject({ on: true, asking: false, track: camera });
    devices.toggle('camera');
    expect(devices.state.camera).toMatchObject({ on: false, asking: false });
  });

  it('is over when the user refuses', async () => {
    devices = withPermission('prompt');
    const opening = devices.open();
    await expect.poll(() => devices.state.camera.asking).toBe(true);
    (await source.question(0)).refuse('NotAllowedError');
    await opening;
    expect(devices.state.camera).toMatchObject({ on: false, asking: false, trouble: 'denied' });
  });

  it('is not shown for devices that were allowed before', async () => {
    devices = withPermission('granted');
    const requested: boolean[] = [];
    devices.subscribe(() => requested.push(devices.state.camera.asking));
    await opened();
    expect(requested).not.toContain(true);
  });
});

it('detects an unplugged device', async () => {
  const { camera } = await opened();
  camera.dispatchEvent(new Event('ended'));
  expect(devices.state.camera).toMatchObject({ on: false, track: undefined, trouble: 'lost' });
});

describe('an effect', () => {
  const effect = (conceals: boolean, suppressesNoise = false) => {
    const pending: { track: Track; resolve(): void; reject(): void }[] = [];
    const processed: Track[] = [];
    let failures = 0;
    const made: DeviceEffect = {
      conceals,
      suppressesNoise,
      process: (device) =>
        new Promise((resolve, reject) => {
          const track = new Track('processed', undefined);
          processed.push(track);
          pending.push({
            track: device as unknown as Track,
            resolve: () => resolve({ track: track as unknown as MediaStreamTrack, stop: () => track.stop() }),
            reject: () => reject(new Error('no')),
          });
        }),
      failed: () => {
        failures += 1;
      },
    };
    return { made, pending, processed, failures: () => failures };
  };

  it('conceals the picture of the camera until it works, and ends with the camera', async () => {
    const { made, pending, processed } = effect(true);
    devices.setEffect('camera', made);
    const { camera } = await opened();
    expect(devices.state.camera).toMatchObject({ on: true, track: undefined, starting: true });
    pending[0]!.resolve();
    await expect.poll(() => devices.state.camera.track).toBe(processed[0]);
    expect(devices.state.camera.starting).toBe(false);
    devices.toggle('camera');
    expect([camera.stopped, processed[0]!.stopped, devices.state.camera.track]).toEqual([true, true, undefined]);
  });

  it('shows nothing when it fails', async () => {
    const { made, pending, failures } = effect(true);
    devices.setEffect('camera', made);
    await opened();
    pending[0]!.reject();
    await expect.poll(failures).toBe(1);
    expect(devices.state.camera.track).toBeUndefined();
  });

  it('is kept when another camera is chosen', async () => {
    const { made, pending, processed } = effect(true);
    devices.setEffect('camera', made);
    const { camera } = await opened();
    pending[0]!.resolve();
    await expect.poll(() => devices.state.camera.track).toBe(processed[0]);
    devices.choose('camera', 'c2');
    const [second] = (await source.question(1)).answer();
    await expect.poll(() => pending.length).toBe(2);
    expect([camera.stopped, processed[0]!.stopped, pending[1]!.track]).toEqual([true, true, second]);
    pending[1]!.resolve();
    await expect.poll(() => devices.state.camera.track).toBe(processed[1]);
    expect(devices.state.camera.track?.getSettings()).toMatchObject({ deviceId: 'c2' });
  });

  it('leaves the open camera as it was when it is no longer wanted', async () => {
    const { made, pending, processed } = effect(true);
    const { camera } = await opened();
    devices.setEffect('camera', made);
    devices.setEffect('camera', undefined);
    pending[0]!.resolve();
    await expect.poll(() => processed[0]!.stopped).toBe(true);
    expect(devices.state.camera).toMatchObject({ track: camera, starting: false });
    expect(camera.stopped).toBe(false);
  });

  it('for sound: the microphone is heard at once, and the browser suppresses no noise beside it', async () => {
    const { made, pending, processed } = effect(false, true);
    const { microphone } = await opened();
    devices.setEffect('microphone', made);
    expect(microphone.stopped).toBe(true);
    const question = await source.question(1);
    expect(question.wanted.audio).toMatchObject({ noiseSuppression: false, echoCancellation: true });
    const [raw] = question.answer();
    await expect.poll(() => devices.state.microphone.track).toBe(raw);
    pending[0]!.resolve();
    await expect.poll(() => devices.state.microphone.track).toBe(processed[0]);
    devices.toggle('microphone');
    expect([raw!.enabled, processed[0]!.enabled]).toEqual([false, false]);
    devices.setEffect('microphone', undefined);
    expect((await source.question(2)).wanted.audio).toMatchObject({ noiseSuppression: true });
  });

  it('reports a camera that is unplugged behind it', async () => {
    const { made, pending, processed } = effect(true);
    devices.setEffect('camera', made);
    const { camera } = await opened();
    pending[0]!.resolve();
    await expect.poll(() => devices.state.camera.track).toBe(processed[0]);
    camera.dispatchEvent(new Event('ended'));
    expect(devices.state.camera).toMatchObject({ on: false, track: undefined, trouble: 'lost' });
    expect(processed[0]!.stopped).toBe(true);
  });
});
