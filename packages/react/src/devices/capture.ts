import type { DeviceKind, DeviceTrouble } from './media-devices.js';

/** The used part of the browser's media devices; undefined on pages that are not secure. */
export type CaptureSource = Pick<
  MediaDevices,
  'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'
>;

export type Captured = { track: MediaStreamTrack } | { trouble: DeviceTrouble };

/** Which devices to open, and how. */
export interface Wanted {
  /** The chosen devices; any other if that is missing (a remembered device may be unplugged). */
  deviceIds: Record<DeviceKind, string | undefined>;
  /** The browser reduces noise; not where an effect does. */
  noiseSuppression: boolean;
}

/** Opens one device. */
export async function capture(source: CaptureSource | undefined, kind: DeviceKind, wanted: Wanted): Promise<Captured> {
  if (!source) return { trouble: 'insecure' };
  try {
    const constraints = constraintsOf(kind, wanted);
    const stream = await source.getUserMedia(kind === 'microphone' ? { audio: constraints } : { video: constraints });
    return captured(stream, kind);
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble !== 'none' || !wanted.deviceIds[kind]) return { trouble };
    return capture(source, kind, { ...wanted, deviceIds: { ...wanted.deviceIds, [kind]: undefined } });
  }
}

/** Opens both with one permission request. If that fails, each may still open by itself. */
export async function captureBoth(
  source: CaptureSource | undefined,
  wanted: Wanted,
  isGranted: (kind: DeviceKind) => Promise<boolean>,
): Promise<Record<DeviceKind, Captured>> {
  if (!source) return { microphone: { trouble: 'insecure' }, camera: { trouble: 'insecure' } };
  try {
    const stream = await source.getUserMedia({
      audio: constraintsOf('microphone', wanted),
      video: constraintsOf('camera', wanted),
    });
    return { microphone: captured(stream, 'microphone'), camera: captured(stream, 'camera') };
  } catch (error) {
    const denied = troubleOf(error) === 'denied';
    const alone = async (kind: DeviceKind): Promise<Captured> =>
      // No two more requests to a user that has just refused; a device allowed earlier opens without
      // one.
      denied && !(await isGranted(kind)) ? { trouble: 'denied' } : capture(source, kind, wanted);
    const [microphone, camera] = await Promise.all([alone('microphone'), alone('camera')]);
    return { microphone, camera };
  }
}

/** The user's decision about a device. */
export type DevicePermissions = (kind: DeviceKind) => Promise<PermissionState>;

/** Browsers without a stored decision ask the user. */
export const browserPermissions: DevicePermissions = async (kind) => {
  try {
    return (await navigator.permissions.query({ name: kind as PermissionName })).state;
  } catch {
    return 'prompt';
  }
};

function captured(stream: MediaStream, kind: DeviceKind): Captured {
  const track = (kind === 'microphone' ? stream.getAudioTracks() : stream.getVideoTracks())[0];
  return track ? { track } : { trouble: 'none' };
}

function constraintsOf(kind: DeviceKind, { deviceIds, noiseSuppression }: Wanted): MediaTrackConstraints {
  const deviceId = deviceIds[kind];
  // Not `ideal`: Chromium uses the default device all the same.
  const device = deviceId ? { deviceId: { exact: deviceId } } : {};
  if (kind === 'microphone') return { ...device, echoCancellation: true, noiseSuppression, autoGainControl: true };
  const height = (globalThis.navigator?.hardwareConcurrency ?? Infinity) <= WEAK_MACHINE ? 360 : 720;
  return {
    ...device,
    width: { ideal: (height * 16) / 9 },
    height: { ideal: height },
    frameRate: { ideal: 30 },
  };
}

/** Maps a rejection of getUserMedia (Media Capture and Streams §10.2.1). */
function troubleOf(error: unknown): DeviceTrouble {
  switch ((error as { name?: unknown } | undefined)?.name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      return 'denied';
    case 'SecurityError':
      return 'insecure';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

/** Cores. Encoding 720p while decoding all other participants needs more than two. */
const WEAK_MACHINE = 2;
