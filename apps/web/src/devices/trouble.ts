export type DeviceKind = 'microphone' | 'camera';

/** Why a device yields no sound or picture. */
export type Trouble = 'denied' | 'none' | 'busy' | 'lost' | 'insecure' | 'failed';

/** Maps a rejection of getUserMedia (Media Capture and Streams §10.2.1). */
export function troubleOf(error: unknown): Trouble {
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

/** While the browser waits for the user's answer. */
export function askingText(devices: DeviceKind[]): string {
  return `Your browser asks whether this page may use your ${devices.join(' and ')}. Press Allow.`;
}

/** One or two sentences for a user that expected a device to work. */
export function troubleText(trouble: Trouble, devices: DeviceKind[]): string {
  const names = devices.length === 2 ? 'camera and microphone' : devices[0]!;
  const they = devices.length === 2 ? 'them' : 'it';
  switch (trouble) {
    case 'denied':
      return `The browser does not let this page use your ${names}. Allow ${they} next to the address, then switch ${they} on.`;
    case 'none':
      return devices.length === 2 ? 'No camera and no microphone were found.' : `No ${names} was found.`;
    case 'busy':
      return `Your ${names} could not be started. Another program may be using ${they}.`;
    case 'lost':
      return `Your ${names} ${devices.length === 2 ? 'were' : 'was'} disconnected.`;
    case 'insecure':
      return `Browsers give ${names} only to pages on https or localhost.`;
    case 'failed':
      return `Your ${names} could not be started.`;
  }
}
