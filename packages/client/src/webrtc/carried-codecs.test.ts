import { afterEach, expect, it, vi } from 'vitest';
import { carriedCodecs } from './carried-codecs.js';

afterEach(() => vi.unstubAllGlobals());

/** A browser with these answers for VP9 and AV1. */
function browser(cores: number, vp9: object | undefined, av1: object | undefined) {
  const encodingInfo = async ({ video }: { video: { contentType: string } }) => {
    const answer = video.contentType === 'video/VP9' ? vp9 : av1;
    if (!answer) throw new TypeError('not a WebRTC codec');
    return { supported: true, smooth: true, powerEfficient: false, ...answer };
  };
  vi.stubGlobal('navigator', { hardwareConcurrency: cores, mediaCapabilities: { encodingInfo } });
}

it.each<[string, number, object | undefined, object | undefined, string[]]>([
  ['two cores carry VP8', 2, {}, {}, ['vp8']],
  ['eight cores carry VP9 in software', 8, {}, {}, ['vp8', 'vp9']],
  ['sixteen cores carry AV1 as well', 16, {}, {}, ['vp8', 'vp9', 'av1']],
  ['hardware carries what it is for, on any number of cores', 4, {}, { powerEfficient: true }, ['vp8', 'av1']],
  ['nothing is carried that is not smooth', 32, { smooth: false }, {}, ['vp8', 'av1']],
  ['nothing is carried that is not supported', 32, { supported: false }, {}, ['vp8', 'av1']],
  ['nothing is carried of which the browser knows nothing', 32, undefined, {}, ['vp8', 'av1']],
])('%s', async (_, cores, vp9, av1, expected) => {
  browser(cores, vp9, av1);
  expect(await carriedCodecs()).toEqual(expected);
});

it('is VP8 in a browser that cannot answer', async () => {
  vi.stubGlobal('navigator', undefined);
  expect(await carriedCodecs()).toEqual(['vp8']);
});
