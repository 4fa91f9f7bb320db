import { beforeEach, expect, it } from 'vitest';
import { toastList } from '../parts/toasts.js';
import { PreferenceStore } from '../storage/preferences.js';
import { type EffectCode, followChosenEffects } from './chosen-effects.js';
import type { DeviceEffect } from './local-devices.js';
import type { DeviceKind } from './trouble.js';

const track = { id: 'camera' } as MediaStreamTrack;
let effects: Partial<Record<DeviceKind, DeviceEffect | undefined>>;
let choices: PreferenceStore;
let loads: number;

const code: EffectCode = {
  processMicrophone: async () => ({ track, stop: () => {} }),
};

beforeEach(() => {
  effects = {};
  loads = 0;
  choices = new PreferenceStore(() => ({ getItem: () => null, setItem: () => {} }));
  toastList.clear();
});

function follow(load = async () => code): () => void {
  const devices = {
    setEffect(kind: DeviceKind, effect: DeviceEffect | undefined) {
      effects[kind] = effect;
    },
  };
  return followChosenEffects(devices, choices, () => {
    loads += 1;
    return load();
  });
}

it('loads nothing before an effect is chosen and a device is open', async () => {
  follow();
  expect([effects.microphone, loads]).toEqual([undefined, 0]);
  choices.set({ reducesNoise: true });
  expect([effects.microphone !== undefined, loads]).toEqual([true, 0]);
  await effects.microphone?.process(track);
  expect(loads).toBe(1);
});

it('leaves noise to the browser where the effect does not work', () => {
  follow();
  choices.set({ reducesNoise: true });
  expect(effects.microphone).toMatchObject({ conceals: false, suppressesNoise: true });
  effects.microphone?.failed();
  expect([choices.state.reducesNoise, effects.microphone]).toEqual([false, undefined]);
});

it('follows no more when it is stopped', () => {
  follow()();
  choices.set({ reducesNoise: true });
  expect(effects.microphone).toBeUndefined();
});
