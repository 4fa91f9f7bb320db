import { beforeEach, expect, it, vi } from 'vitest';
import { OpenedDevices } from './opened-devices.js';

class FakeTrack extends EventTarget {
  stopped = false;
  stop() {
    this.stopped = true;
  }
}

type Request = { video: boolean; settle: (result: FakeTrack | string) => void };

let requests: Request[];
beforeEach(() => {
  requests = [];
  vi.stubGlobal('navigator', {
    mediaDevices: {
      enumerateDevices: async () => [{ kind: 'videoinput', deviceId: 'front', label: 'Front' }],
      getUserMedia: (wanted: MediaStreamConstraints) =>
        new Promise((resolve, reject) => {
          const settle = (result: FakeTrack | string) =>
            typeof result === 'string' ? reject({ name: result }) : resolve({ getTracks: () => [result] });
          requests.push({ video: wanted.video !== undefined, settle });
        }),
    },
  });
});

it('opens what is on, and lists the devices then', async () => {
  const devices = new OpenedDevices({ microphone: false });
  const opening = devices.open();
  expect(requests.map(({ video }) => video)).toEqual([true]);
  expect(devices.state.camera).toMatchObject({ on: true, starting: true });
  const track = new FakeTrack();
  requests[0]!.settle(track);
  await opening;
  expect(devices.state.camera).toMatchObject({ on: true, starting: false, track });
  expect(devices.state.available.camera).toHaveLength(1);
});

it('stops a device that is switched off, also one that opens too late', async () => {
  const devices = new OpenedDevices({ microphone: false });
  const opening = devices.open();
  devices.toggle('camera');
  const late = new FakeTrack();
  requests[0]!.settle(late);
  await opening;
  expect([late.stopped, devices.state.camera.track, devices.state.camera.on]).toEqual([true, undefined, false]);
});

it('is off with the reason when the user refuses, or unplugs the device', async () => {
  const devices = new OpenedDevices({ microphone: false });
  const opening = devices.open();
  requests[0]!.settle('NotAllowedError');
  await opening;
  expect(devices.state.camera).toMatchObject({ on: false, trouble: 'denied', starting: false });
  devices.toggle('camera');
  const track = new FakeTrack();
  requests[1]!.settle(track);
  await vi.waitFor(() => expect(devices.state.camera.track).toBe(track));
  track.dispatchEvent(new Event('ended'));
  expect(devices.state.camera).toMatchObject({ on: false, trouble: 'lost', track: undefined });
});
