import { t } from '@lingui/core/macro';
import type { DeviceEffect, OpenedDevices } from '@waterbus/react';
import { BACKGROUNDS, type Background } from '../effects/background/background.js';
import type { EffectFailure } from '../effects/background/messages.js';
import type { ProcessedCamera } from '../effects/background/process-camera.js';
import { loadOnce } from '../parts/load-code.js';
import { toast } from '../parts/toasts.js';
import { type PreferenceStore, preferences } from '../storage/preferences.js';

/** The used part of the effects, which are loaded when one is chosen. */
export interface EffectCode {
  processCamera(
    camera: MediaStreamTrack,
    background: Background,
    failed: (reason: EffectFailure) => void,
  ): Promise<ProcessedCamera>;
  processMicrophone: DeviceEffect['process'];
}

/**
 * Keeps the effects of devices in step with the user's choices until the returned function is
 * called.
 */
export function followChosenEffects(
  devices: Pick<OpenedDevices, 'setEffect' | 'switchOff'>,
  choices: Pick<PreferenceStore, 'state' | 'set' | 'subscribe'> = preferences,
  load: () => Promise<EffectCode> = loadEffects,
): () => void {
  let running: ProcessedCamera | undefined;
  /** A background that hides the room is never replaced by the room: the camera stops. */
  const failed = (reason: EffectFailure) => {
    devices.switchOff('camera');
    choices.set({ background: 'none' });
    toast(failures()[reason], { lasting: true });
  };
  const camera: DeviceEffect = {
    conceals: true,
    async process(track) {
      const { processCamera } = await load();
      running = await processCamera(track, chosenBackground(choices.state), failed);
      return running;
    },
    failed: () => failed('broken'),
  };
  const microphone: DeviceEffect = {
    conceals: false,
    suppressesNoise: true,
    process: async (track) => (await load()).processMicrophone(track),
    failed: () => {
      choices.set({ reducesNoise: false });
      toast(t`Strong noise reduction does not work here. Your browser reduces the noise instead.`);
    },
  };
  let shown: Background = 'none';
  const follow = () => {
    const background = chosenBackground(choices.state);
    if (background !== shown && shown !== 'none' && background !== 'none') running?.show(background);
    shown = background;
    devices.setEffect('camera', background === 'none' ? undefined : camera);
    devices.setEffect('microphone', choices.state.reducesNoise ? microphone : undefined);
  };
  follow();
  return choices.subscribe(follow);
}

/** Another version of the app may have had other backgrounds. */
export function chosenBackground({ background }: { background: string }): Background {
  return BACKGROUNDS.find((known) => known === background) ?? 'none';
}

const loadEffects = loadOnce(() => import('../effects/effects.js'));

const failures = () => ({
  slow: t`This device is too slow to change your background. Your camera is off so that nobody sees your room.`,
  broken: t`Your background could not be changed. Your camera is off so that nobody sees your room.`,
});
