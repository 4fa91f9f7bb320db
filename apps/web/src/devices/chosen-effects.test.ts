import type { DeviceEffect, DeviceKind } from '@waterbus/react';
import { beforeEach, expect, it } from 'vitest';
import type { EffectFailure } from '../effects/background/messages.js';
import { toastList } from '../parts/toasts.js';
import { PreferenceStore } from '../storage/preferences.js';
import { type EffectCode, followChosenEffects } from './chosen-effects.js';

const track = { id: 'camera' } as MediaStreamTrack;
let effects: Partial<Record<DeviceKind, DeviceEffect | undefined>>;
let log: string[];
let choices: PreferenceStore;
let loads: number;
let fail: ((reason: EffectFailure) => void) | undefined;

const code: EffectCode = {
  async processCamera(_, background, failed) {
    fail = failed;
    log.push(`process ${background}`);
    return { track, stop: () => {}, show: (next) => log.push(`show ${next}`), figures: undefined };
  },
  processMicrophone: async () => ({ track, stop: () => {} }),
};

beforeEach(() => {
  effects = {};
  log = [];
  loads = 0;
  fail = undefined;
  choices = new PreferenceStore(() => ({ getItem: () => null, setItem: () => {} }));
  toastList.clear();
});

function follow(load = async () => code): () => void {
  const devices = {
    setEffect(kind: DeviceKind, effect: DeviceEffect | undefined) {
      effects[kind] = effect;
    },
    switchOff: (kind: DeviceKind) => void log.push(`off ${kind}`),
  };
  return followChosenEffects(devices, choices, () => {
    loads += 1;
    return load();
  });
}

it('loads nothing before an effect is chosen and a device is open', async () => {
  follow();
  expect([effects.camera, effects.microphone, loads]).toEqual([undefined, undefined, 0]);
  choices.set({ background: 'blur' });
  expect([effects.camera?.conceals, loads]).toEqual([true, 0]);
  await effects.camera?.process(track);
  expect([log, loads]).toEqual([['process blur'], 1]);
});

it('replaces the background of a running picture without a new start', async () => {
  follow();
  choices.set({ background: 'blur' });
  const first = effects.camera;
  await first?.process(track);
  choices.set({ background: 'meadow' });
  choices.set({ sounds: false });
  expect(effects.camera).toBe(first);
  expect(log).toEqual(['process blur', 'show meadow']);
  choices.set({ background: 'none' });
  expect(effects.camera).toBeUndefined();
});

it.each(['slow', 'broken'] as const)('stops the camera before the room would be seen: %s', async (reason) => {
  follow();
  choices.set({ background: 'blur' });
  await effects.camera?.process(track);
  fail?.(reason);
  expect(log).toEqual(['process blur', 'off camera']);
  expect([choices.state.background, effects.camera]).toEqual(['none', undefined]);
  expect(toastList.toasts.at(-1)?.text).toContain('Your camera is off');
});

it('leaves noise to the browser where the effect does not work', () => {
  follow();
  choices.set({ reducesNoise: true });
  expect(effects.microphone).toMatchObject({ conceals: false, suppressesNoise: true });
  effects.microphone?.failed();
  expect([choices.state.reducesNoise, effects.microphone]).toEqual([false, undefined]);
});

it('ignores a background that it does not know, and follows no more when it is stopped', () => {
  const stop = follow();
  choices.set({ background: 'volcano' });
  expect(effects.camera).toBeUndefined();
  stop();
  choices.set({ background: 'blur' });
  expect(effects.camera).toBeUndefined();
});
