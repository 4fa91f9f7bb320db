import type { DeviceKind, DeviceTrouble, MediaDevicesState } from './media-devices.js';

/** The devices for which the browser waits for the user's permission. */
export function askingDevices({ camera, microphone }: MediaDevicesState): DeviceKind[] {
  const asking: DeviceKind[] = [];
  if (camera.asking) asking.push('camera');
  if (microphone.asking) asking.push('microphone');
  return asking;
}

/** The troubles of the devices: one for both if they have the same. */
export function deviceTroubles({
  camera,
  microphone,
}: MediaDevicesState): { trouble: DeviceTrouble; devices: DeviceKind[] }[] {
  if (camera.trouble && camera.trouble === microphone.trouble)
    return [{ trouble: camera.trouble, devices: ['camera', 'microphone'] }];
  return [
    ...(camera.trouble ? [{ trouble: camera.trouble, devices: ['camera' as const] }] : []),
    ...(microphone.trouble ? [{ trouble: microphone.trouble, devices: ['microphone' as const] }] : []),
  ];
}
