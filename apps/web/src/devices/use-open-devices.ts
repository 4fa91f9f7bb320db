import { isBrowserSupported } from '@waterbus/client';
import { OpenedDevices } from '@waterbus/react';
import { useEffect, useState } from 'react';
import { remembered } from '../storage/remembered.js';
import { followChosenEffects } from './chosen-effects.js';

/**
 * The devices of a page, with the chosen effects, open while they are needed. `isOff`: whether a
 * device is off at first; by default as the user left it.
 */
export function useOpenDevices(areNeeded: boolean, isOff = remembered.isOff): OpenedDevices {
  const [devices] = useState(() => new OpenedDevices({ memory: { ...remembered, isOff } }));
  useEffect(() => {
    if (!areNeeded || !isBrowserSupported()) return;
    const stopEffects = followChosenEffects(devices);
    void devices.open();
    return () => {
      stopEffects();
      devices.close();
    };
  }, [devices, areNeeded]);
  return devices;
}
