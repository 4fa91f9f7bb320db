import type { Call, LocalPublication, Source } from '@waterbus/client';
import { expect, it } from 'vitest';
import type { MediaDeviceState, MediaDevicesState, MediaDevicesStore } from './media-devices.js';
import { publishDevices, tracksToPublish } from './publish-devices.js';

const track = (id: string) => ({ id }) as MediaStreamTrack;
const off: MediaDeviceState = {
  on: false,
  track: undefined,
  starting: false,
  asking: false,
  trouble: undefined,
  deviceId: undefined,
};
const on = (id: string): MediaDeviceState => ({ ...off, on: true, track: track(id) });

/** Devices and a call that records the requests to it. */
function scene(
  initial: Partial<MediaDevicesState>,
  published: { source: Source; track: MediaStreamTrack; muted: boolean }[] = [],
) {
  const log: string[] = [];
  const publications = new Map<Source, { track: MediaStreamTrack; muted: boolean } & Partial<LocalPublication>>();
  const add = (source: Source, first: MediaStreamTrack, muted: boolean) => {
    const publication = {
      track: first,
      muted,
      mute: async () => {
        log.push(`mute ${source}`);
        publication.muted = true;
      },
      unmute: async () => {
        log.push(`unmute ${source}`);
        publication.muted = false;
      },
      replaceTrack: async (next: MediaStreamTrack) => {
        log.push(`replace ${source} ${next.id}`);
        publication.track = next;
      },
    };
    publications.set(source, publication);
  };
  for (const one of published) add(one.source, one.track, one.muted);
  const call = {
    connection: 'connected',
    local: { publication: (source: Source) => publications.get(source) },
    publish: async (one: MediaStreamTrack, { source }: { source: Source }) => {
      log.push(`publish ${source} ${one.id}`);
      if (one.id === 'refused') throw new Error('refused');
      add(source, one, false);
    },
  } as unknown as Call;
  let listener = () => {};
  const devices = {
    state: { microphone: off, camera: off, ...initial } as MediaDevicesState,
    subscribe: (next: () => void) => {
      listener = next;
      return () => {
        listener = () => {};
      };
    },
  };
  const change = (next: Partial<MediaDevicesState>) => {
    devices.state = { ...devices.state, ...next };
    listener();
  };
  return { log, call, devices: devices as unknown as MediaDevicesStore, change };
}

it('publishes a muted microphone with the join, but a camera only if it is on', () => {
  const muted = { ...on('m'), on: false };
  expect(tracksToPublish({ microphone: muted, camera: off } as MediaDevicesState)).toEqual([
    { track: { id: 'm' }, source: 'microphone', muted: true },
  ]);
  expect(tracksToPublish({ microphone: off, camera: on('c') } as MediaDevicesState)).toEqual([
    { track: { id: 'c' }, source: 'camera' },
  ]);
});

it('publishes devices that open during the call', () => {
  const { log, call, devices, change } = scene({});
  publishDevices(call, devices, () => {});
  expect(log).toEqual([]);
  change({ camera: on('c') });
  expect(log).toEqual(['publish camera c']);
});

it('does not publish again what was published on joining', () => {
  const camera = on('c');
  const { log, call, devices, change } = scene({ camera }, [{ source: 'camera', track: camera.track!, muted: false }]);
  publishDevices(call, devices, () => {});
  change({ camera: { ...camera } });
  expect(log).toEqual([]);
});

it('mutes and unmutes the microphone', () => {
  const microphone = on('m');
  const { log, call, devices, change } = scene({ microphone });
  publishDevices(call, devices, () => {});
  log.length = 0;
  change({ microphone: { ...microphone, on: false } });
  change({ microphone });
  expect(log).toEqual(['mute microphone', 'unmute microphone']);
});

it('mutes a camera that is off and sends the new track when it is on again', () => {
  const { log, call, devices, change } = scene({ camera: on('c1') });
  publishDevices(call, devices, () => {});
  log.length = 0;
  change({ camera: off });
  change({ camera: { ...off, on: true, starting: true } });
  change({ camera: on('c2') });
  expect(log).toEqual(['mute camera', 'replace camera c2', 'unmute camera']);
});

it('reports a refusal once, and none after the end', async () => {
  const refused: string[] = [];
  const { log, call, devices, change } = scene({ camera: on('refused') });
  const stop = publishDevices(call, devices, (kind) => refused.push(kind));
  await expect.poll(() => refused).toEqual(['camera']);
  change({ microphone: off });
  expect(log).toEqual(['publish camera refused']);
  stop();
  change({ camera: on('c') });
  expect(log).toEqual(['publish camera refused']);
});
