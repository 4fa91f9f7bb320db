import { describe, expect, it } from 'vitest';
import { cameraEncodings, type PictureSize, sendingParameters } from './encodings.js';

const scales = (size: PictureSize, count?: number) =>
  (count === undefined ? sendingParameters('camera', size).encodings! : cameraEncodings(size, count)).map((encoding) =>
    encoding.active ? encoding.scaleResolutionDownBy : 0,
  );

describe('a camera', () => {
  it.each([
    [1920, 1080, [4, 2, 1]],
    [1280, 720, [4, 2, 1]],
    [720, 1280, [4, 2, 1]],
    [960, 540, [4, 2, 1]],
    [640, 480, [2, 1]],
    [640, 360, [2, 1]],
    [320, 240, [1]],
    [320, 180, [1]],
  ])('of %i × %i is sent in as many sizes as are useful', (width, height, expected) => {
    expect(scales({ width, height })).toEqual(expected);
  });

  it('with an unknown size is sent in three', () => {
    expect(scales({})).toEqual([4, 2, 1]);
    expect(scales({ width: 0, height: 0 })).toEqual([4, 2, 1]);
  });

  it('gets bitrates that fit its sizes', () => {
    const bitrates = (size: PictureSize) =>
      sendingParameters('camera', size).encodings!.map(({ maxBitrate }) => maxBitrate / 1_000);
    expect(bitrates({ width: 1280, height: 720 })).toEqual([150, 500, 1_700]);
    expect(bitrates({ width: 640, height: 360 })).toEqual([150, 500]);
    expect(bitrates({ width: 160, height: 120 })).toEqual([100]);
    expect(bitrates({ width: 7680, height: 4320 }).at(-1)).toBe(4_000);
  });

  it('keeps its encodings when another camera replaces it', () => {
    expect(scales({ width: 640, height: 360 }, 3)).toEqual([2, 1, 0]);
    expect(scales({ width: 320, height: 180 }, 3)).toEqual([1, 0, 0]);
    expect(scales({ width: 1280, height: 720 }, 2)).toEqual([2, 1]);
    expect(scales({ width: 1280, height: 720 }, 1)).toEqual([1]);
  });

  it('has temporal layers in every size', () => {
    for (const { scalabilityMode } of sendingParameters('camera').encodings!) expect(scalabilityMode).toBe('L1T3');
  });
});

describe('a screen', () => {
  it('is one stream of up to 30 pictures a second', () => {
    const { encodings } = sendingParameters('screen', { width: 1920, height: 1080 });
    expect(encodings).toEqual([{ maxBitrate: 2_500_000, maxFramerate: 30, scalabilityMode: 'L1T3' }]);
  });

  it('starts the bandwidth estimate at a camera’s value, so that neither resets it for the other', () => {
    const { codecOptions } = sendingParameters('screen');
    expect(codecOptions?.videoGoogleStartBitrate).toBeGreaterThan(300);
    expect(codecOptions).toEqual(sendingParameters('camera').codecOptions);
  });
});

describe('sound', () => {
  it('of a microphone stops in silence, and carries its own repair', () => {
    expect(sendingParameters('microphone').codecOptions).toEqual({
      opusStereo: false,
      opusDtx: true,
      opusFec: true,
      opusNack: true,
    });
  });

  it('of a screen is never gated', () => {
    expect(sendingParameters('screen-audio').codecOptions).toMatchObject({ opusStereo: true, opusDtx: false });
  });
});
