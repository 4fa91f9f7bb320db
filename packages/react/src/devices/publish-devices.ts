import type { Call, JoinOptions, Source } from '@waterbus/client';
import type { DeviceKind, MediaDeviceState, MediaDevicesState, MediaDevicesStore } from './media-devices.js';

/**
 * The tracks for `join`. A muted microphone is included, so that it sends at once when it is
 * switched on.
 */
export function tracksToPublish({ microphone, camera }: MediaDevicesState): NonNullable<JoinOptions['tracks']> {
  const tracks: NonNullable<JoinOptions['tracks']> = [];
  if (microphone.track) tracks.push({ track: microphone.track, source: 'microphone', muted: !microphone.on });
  if (camera.track) tracks.push({ track: camera.track, source: 'camera' });
  return tracks;
}

/**
 * Keeps the publications in step with the devices until the returned function is called. `refused`
 * is called with failures.
 */
export function publishDevices(
  call: Call,
  devices: Pick<MediaDevicesStore, 'state' | 'subscribe'>,
  refused: (kind: DeviceKind, error: unknown) => void,
): () => void {
  const followed: Partial<Record<DeviceKind, MediaDeviceState>> = {};
  const follow = (kind: DeviceKind) => {
    const device = devices.state[kind];
    if (followed[kind] === device || call.connection === 'closed') return;
    followed[kind] = device;
    publishDevice(call, kind, device).catch((error: unknown) => {
      if (call.connection !== 'closed') refused(kind, error);
    });
  };
  const followBoth = () => {
    follow('microphone');
    follow('camera');
  };
  followBoth();
  return devices.subscribe(followBoth);
}

/**
 * A device that is off stays published and muted: switching it on again takes milliseconds for the
 * others.
 */
async function publishDevice(call: Call, source: Source & DeviceKind, { track, on }: MediaDeviceState): Promise<void> {
  const publication = call.local.publication(source);
  if (!track || !on) {
    if (publication && !publication.muted) await publication.mute();
    return;
  }
  if (!publication) {
    await call.publish(track, { source });
    return;
  }
  await Promise.all([
    publication.track !== track && publication.replaceTrack(track),
    publication.muted && publication.unmute(),
  ]);
}
