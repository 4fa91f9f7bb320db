import type { MediaDevicesState } from '@waterbus/react';
import { expect, it } from 'vitest';
import { nextCameraOf } from './next-camera.js';

function cameras(ids: string[], used: string | undefined) {
  const track = used === undefined ? undefined : { getSettings: () => ({ deviceId: used }) };
  return {
    camera: { track },
    available: { camera: ids.map((deviceId) => ({ deviceId })) },
  } as unknown as MediaDevicesState;
}

it.each([
  [['front', 'back'], 'front', 'back'],
  [['front', 'back'], 'back', 'front'],
  [['front', 'back', 'wide'], 'back', 'wide'],
  [['front', 'back'], 'unplugged', 'front'],
  [['front'], 'front', undefined],
  [['front', 'back'], undefined, undefined],
])('of %j, after %s comes %s', (ids, used, next) => {
  expect(nextCameraOf(cameras(ids, used), () => true)).toBe(next);
});

it('offers nothing on a desk', () => {
  expect(nextCameraOf(cameras(['front', 'back'], 'front'), () => false)).toBeUndefined();
});
