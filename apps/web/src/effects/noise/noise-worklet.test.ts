import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { NoiseOptions } from './noise-options.js';

interface Processor {
  readonly port: { onmessage: (() => void) | null };
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

let create: () => Processor;

beforeEach(async () => {
  const registered: (new (options: { processorOptions: NoiseOptions }) => Processor)[] = [];
  vi.resetModules();
  vi.stubGlobal(
    'AudioWorkletProcessor',
    class {
      port = { onmessage: null, postMessage: () => {} };
    },
  );
  vi.stubGlobal('registerProcessor', (_: string, processor: (typeof registered)[0]) => registered.push(processor));
  await import('./noise-worklet.js');
  const file = createRequire(import.meta.url).resolve('simple-rnnoise-wasm/rnnoise.wasm');
  const module = new WebAssembly.Module(readFileSync(file));
  create = () => new registered[0]!({ processorOptions: { module } });
});

afterEach(() => vi.unstubAllGlobals());

/** The output of the processor for so many blocks of 128 samples; input is -1 to 1. */
function run(processor: Processor, blocks: number, input: (sample: number) => number): Float32Array {
  const all = new Float32Array(blocks * 128);
  for (let block = 0; block < blocks; block++) {
    const from = Float32Array.from({ length: 128 }, (_, index) => input(block * 128 + index));
    const to = new Float32Array(128);
    expect(processor.process([[from]], [[to]])).toBe(true);
    all.set(to, block * 128);
  }
  return all;
}

/** Decibels of the last second. */
function level(samples: Float32Array): number {
  const last = samples.subarray(-48_000);
  return 10 * Math.log10(last.reduce((sum, sample) => sum + sample * sample, 0) / last.length);
}

/** The same noise in each run (a linear congruential generator). */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (state / 0x7fffffff - 0.5) * 0.1;
  };
}

it('reduces steady noise by ten decibels at least', () => {
  const source = noise();
  const heard: number[] = [];
  const output = run(create(), 1_125, () => {
    const sample = source();
    heard.push(sample);
    return sample;
  });
  expect(level(output)).toBeLessThan(level(Float32Array.from(heard)) - 10);
});

it('puts nothing out for a muted microphone, and continues afterwards', () => {
  const processor = create();
  const source = noise();
  run(processor, 100, source);
  expect(run(processor, 100, () => 0).subarray(-128 * 50)).toEqual(new Float32Array(128 * 50));
  expect(run(processor, 100, source).some((sample) => sample !== 0)).toBe(true);
});

it('ends when it is stopped', () => {
  const processor = create();
  processor.port.onmessage?.();
  expect(processor.process([[new Float32Array(128)]], [[new Float32Array(128)]])).toBe(false);
});
