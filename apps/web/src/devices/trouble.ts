import { select } from '@lingui/core/macro';
import { askingDevices, type DeviceKind, type DeviceTrouble, type MediaDevicesState } from '@waterbus/react';

/** The hint for an open permission request of the browser; undefined: there is none. */
export function questionOf(state: MediaDevicesState): string | undefined {
  const asking = askingDevices(state);
  return asking.length > 0 ? askingText(asking) : undefined;
}

function askingText(devices: DeviceKind[]): string {
  const kinds = kindsOf(devices);
  return select(kinds, {
    microphone: 'Your browser asks whether this page may use your microphone. Press Allow.',
    camera: 'Your browser asks whether this page may use your camera. Press Allow.',
    other: 'Your browser asks whether this page may use your camera and microphone. Press Allow.',
  });
}

/** One or two sentences for a user that expected a device to work. */
export function troubleText(trouble: DeviceTrouble, devices: DeviceKind[]): string {
  const kinds = kindsOf(devices);
  switch (trouble) {
    case 'denied':
      return select(kinds, {
        microphone:
          'The browser does not let this page use your microphone. Allow it next to the address, then switch it on.',
        camera: 'The browser does not let this page use your camera. Allow it next to the address, then switch it on.',
        other:
          'The browser does not let this page use your camera and microphone. Allow them next to the address, then switch them on.',
      });
    case 'none':
      return select(kinds, {
        microphone: 'No microphone was found.',
        camera: 'No camera was found.',
        other: 'No camera and no microphone were found.',
      });
    case 'busy':
      return select(kinds, {
        microphone: 'Your microphone could not be started. Another program may be using it.',
        camera: 'Your camera could not be started. Another program may be using it.',
        other: 'Your camera and microphone could not be started. Another program may be using them.',
      });
    case 'lost':
      return select(kinds, {
        microphone: 'Your microphone was disconnected.',
        camera: 'Your camera was disconnected.',
        other: 'Your camera and microphone were disconnected.',
      });
    case 'insecure':
      return select(kinds, {
        microphone: 'Browsers give microphone only to pages on https or localhost.',
        camera: 'Browsers give camera only to pages on https or localhost.',
        other: 'Browsers give camera and microphone only to pages on https or localhost.',
      });
    case 'failed':
      return select(kinds, {
        microphone: 'Your microphone could not be started.',
        camera: 'Your camera could not be started.',
        other: 'Your camera and microphone could not be started.',
      });
  }
}

function kindsOf(devices: DeviceKind[]): DeviceKind | 'both' {
  return devices.length === 2 ? 'both' : devices[0]!;
}
