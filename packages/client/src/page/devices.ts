import type { LocalPublication } from '../api/participants.js';
import { WaterbusError } from '../failures.js';

/**
 * The devices of this machine, of one kind or of all. Browsers give them names only after the user
 * has allowed a device of the kind. Empty on pages without https (localhost excepted).
 */
export async function listDevices(kind?: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const devices = (await globalThis.navigator?.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => kind === undefined || device.kind === kind);
}

/** Calls back when a device is plugged in or out, until the returned function is called. */
export function onDevicesChanged(listener: () => void): () => void {
  const devices = globalThis.navigator?.mediaDevices;
  devices?.addEventListener('devicechange', listener);
  return () => devices?.removeEventListener('devicechange', listener);
}

/**
 * Publishes the picture or sound of another device from now on, in the place of the current one,
 * whose track is stopped. Resolves with the new track. `constraints` apply beside the device. Rejects
 * as `getUserMedia` does, and with `browser.unsupported` on pages without https; the current track
 * continues then.
 */
export async function switchDevice(
  publication: LocalPublication,
  deviceId: string,
  constraints: MediaTrackConstraints = {},
): Promise<MediaStreamTrack> {
  const devices = globalThis.navigator?.mediaDevices;
  if (!devices) throw new WaterbusError('browser.unsupported', 'Devices need a page on https or localhost');
  const { kind, track: former } = publication;
  const stream = await devices.getUserMedia({ [kind]: { ...constraints, deviceId: { exact: deviceId } } });
  const [track] = stream.getTracks();
  if (!track) throw new WaterbusError('browser.unsupported', 'The device has no track');
  try {
    await publication.replaceTrack(track);
  } catch (error) {
    track.stop();
    throw error;
  }
  former.stop();
  return track;
}
