import { describe, expect, it } from 'vitest';
import { FrameInfo } from '../codecs/frame-info.js';
import { MeasuredLayers } from './measured-layers.js';

function frame(spatial: number, temporal: number): FrameInfo {
  const info = new FrameInfo();
  info.spatial = spatial;
  info.temporal = temporal;
  return info;
}

/** Sends packets of 1,000 bytes of each layer every `interval` milliseconds. */
function send(layers: MeasuredLayers, from: number, to: number, kinds: [number, FrameInfo][], interval = 20): void {
  for (let now = from; now < to; now += interval)
    for (const [index, info] of kinds) layers.note(index, info, 1000, now, now);
}

describe('the layers of one stream', () => {
  it('cost their rate and that of the layers below, and are counted as they appear', () => {
    const layers = new MeasuredLayers(false, 1, 1);
    send(layers, 5000, 7000, [
      [0, frame(0, 0)],
      [0, frame(1, 0)],
      [0, frame(1, 1)],
    ]);
    expect(layers).toMatchObject({ spatialLayers: 2, temporalLayers: 2 });
    // 50 packets a second of each: 400 kbit/s.
    const rates = [layers.bitrate(0, 1, 7000), layers.bitrate(1, 0, 7000), layers.bitrate(1, 1, 7000)];
    expect(rates.map((rate) => Math.round(rate / 40_000))).toEqual([10, 20, 30]);
    expect(layers.bitrate(2, 0, 7000)).toBe(0);
    expect(layers.bitrate(-1, 0, 7000)).toBe(0);
  });

  it('are soon known, and not by a first key frame', () => {
    const layers = new MeasuredLayers(false, 1, 1);
    for (let i = 0; i < 20; i++) layers.note(0, frame(0, 0), 1000, 5000, 0);
    expect(layers.bitrate(0, 0, 5001)).toBeLessThanOrEqual(400_000);
    send(layers, 5020, 5600, [[0, frame(0, 0)]]);
    expect(Math.abs(layers.bitrate(0, 0, 5600) - 650_000)).toBeLessThan(100_000);
  });
});

describe('the key frame with which a stream in one size begins', () => {
  const key = frame(0, 0);
  key.isKeyFrame = true;

  it('does not count, however long it lasts', () => {
    const layers = new MeasuredLayers(false, 1, 1);
    for (let i = 0; i < 120; i++) layers.note(0, i === 0 ? key : frame(0, 0), 1000, 5000 + 3 * i, 0);
    expect(layers.arrives(0, 5400)).toBe(true);
    expect(layers.bitrate(0, 0, 5400)).toBe(0);
    send(layers, 5400, 6000, [[0, frame(0, 0)]]);
    expect(layers.bitrate(0, 0, 6000)).toBeLessThanOrEqual(400_000);
  });

  it('counts where a starved encoder sends nothing but key frames', () => {
    const layers = new MeasuredLayers(false, 1, 1);
    for (let now = 5000; now < 9000; now += 700) for (let i = 0; i < 30; i++) layers.note(0, key, 1000, now, now);
    expect(layers.arrives(0, 8600)).toBe(true);
    expect(layers.bitrate(0, 0, 8600)).toBeGreaterThan(100_000);
  });

  it('counts where there are smaller layers', () => {
    const layers = new MeasuredLayers(true, 3, 1);
    for (let i = 0; i < 120; i++) layers.note(1, i === 0 ? key : frame(0, 0), 1000, 5000 + 3 * i, 0);
    expect(layers.bitrate(1, 0, 5400)).toBeGreaterThan(1e6);
  });

  it('counts where it is one of many pictures', () => {
    const layers = new MeasuredLayers(false, 1, 1);
    send(layers, 5000, 6000, [[0, frame(0, 0)]]);
    const before = layers.bitrate(0, 0, 6000);
    for (let i = 0; i < 50; i++) layers.note(0, i === 0 ? key : frame(0, 0), 1000, 6000, 6000);
    expect(layers.bitrate(0, 0, 6001)).toBeGreaterThan(1.5 * before);
  });
});

describe('a layer that stopped', () => {
  it('costs nothing half a second later while another one arrives', () => {
    const layers = new MeasuredLayers(true, 3, 1);
    send(layers, 5000, 7000, [
      [0, frame(0, 0)],
      [1, frame(0, 0)],
    ]);
    send(layers, 7000, 7400, [[0, frame(0, 0)]]);
    expect(layers.bitrate(1, 0, 7400)).toBeGreaterThan(0);
    send(layers, 7400, 7600, [[0, frame(0, 0)]]);
    expect([layers.bitrate(1, 0, 7600), layers.arrives(1, 7600)]).toEqual([0, false]);
    expect(layers.bitrate(0, 0, 7600)).toBeGreaterThan(300_000);
  });

  it('has not stopped when nothing moves on a screen', () => {
    const layers = new MeasuredLayers(false, 1, 1);
    send(layers, 5000, 10_000, [[0, frame(0, 0)]], 1000);
    expect(layers.arrives(0, 9900)).toBe(true);
    expect(layers.bitrate(0, 0, 9900)).toBeGreaterThan(0);
    expect(layers.arrives(0, 12_000)).toBe(false);
  });
});
