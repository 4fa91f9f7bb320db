import { loadOnce } from '../parts/load-code.js';
import { toast } from '../parts/toasts.js';
import { type PreferenceStore, preferences } from '../storage/preferences.js';
import type { DeviceEffect, LocalDevices } from './local-devices.js';

/** The used part of the effects, which are loaded when one is chosen. */
export interface EffectCode {
  processMicrophone: DeviceEffect['process'];
}

/**
 * Keeps the effects of devices in step with the user's choices until the returned function is
 * called.
 */
export function followChosenEffects(
  devices: Pick<LocalDevices, 'setEffect'>,
  choices: Pick<PreferenceStore, 'state' | 'set' | 'subscribe'> = preferences,
  load: () => Promise<EffectCode> = loadEffects,
): () => void {
  const microphone: DeviceEffect = {
    conceals: false,
    suppressesNoise: true,
    process: async (track) => (await load()).processMicrophone(track),
    failed: () => {
      choices.set({ reducesNoise: false });
      toast('Strong noise reduction does not work here. Your browser reduces the noise instead.');
    },
  };
  const follow = () => {
    devices.setEffect('microphone', choices.state.reducesNoise ? microphone : undefined);
  };
  follow();
  return choices.subscribe(follow);
}

const loadEffects = loadOnce(() => import('../effects/effects.js'));
