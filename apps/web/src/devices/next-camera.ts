import type { MediaDevicesState } from '@waterbus/react';

/**
 * The camera after the one in use, on phones and tablets, whose cameras look in different
 * directions; undefined where there is nothing to switch.
 */
export function nextCameraOf(
  { camera, available }: Pick<MediaDevicesState, 'camera' | 'available'>,
  isHandheld: () => boolean = () => window.matchMedia('(pointer: coarse)').matches,
): string | undefined {
  const used = camera.track?.getSettings().deviceId;
  if (used === undefined || available.camera.length < 2 || !isHandheld()) return undefined;
  const index = available.camera.findIndex(({ deviceId }) => deviceId === used);
  return available.camera[(index + 1) % available.camera.length]?.deviceId;
}
