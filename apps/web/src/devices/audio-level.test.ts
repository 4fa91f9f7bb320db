import { expect, it } from 'vitest';
import { levelOf } from './audio-level.js';

const sine = (amplitude: number) => Float32Array.from({ length: 1024 }, (_, i) => amplitude * Math.sin(i / 5));

it('maps loudness to a value between 0 and 1, by decibels', () => {
  expect(levelOf(new Float32Array(1024))).toBe(0);
  expect(levelOf(sine(0.0001))).toBe(0);
  expect(levelOf(Float32Array.from({ length: 64 }, () => 1))).toBe(1);
  // A sine's root mean square is 3 dB below its peak: -23 dB of 60.
  expect(levelOf(sine(0.1))).toBeCloseTo(1 - 23 / 60, 1);
  expect(levelOf(sine(0.1)) - levelOf(sine(0.01))).toBeCloseTo(20 / 60, 2);
});
