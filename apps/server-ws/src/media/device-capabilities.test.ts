import { expect, it } from 'vitest';
import { deviceCapabilities } from './device-capabilities.js';

const video = { kind: 'video' as const };
const codecs = [{ ...video, mimeType: 'video/VP8', preferredPayloadType: 96, clockRate: 90_000 }];

it('gives extensions the ids of the router, each kind for itself, and leaves out what either side lacks', () => {
  const device = {
    codecs,
    headerExtensions: [
      { ...video, uri: 'urn:a', preferredId: 3 },
      { ...video, uri: 'urn:unknown', preferredId: 4 },
      { kind: 'audio' as const, uri: 'urn:b', preferredId: 5 },
    ],
  };
  const router = {
    headerExtensions: [
      { ...video, uri: 'urn:a', preferredId: 7 },
      { ...video, uri: 'urn:b', preferredId: 8 },
    ],
  };
  expect(deviceCapabilities(device, router)).toEqual({
    codecs,
    headerExtensions: [{ ...video, uri: 'urn:a', preferredId: 7 }],
  });
});

it('takes capabilities without anything', () => {
  expect(deviceCapabilities({}, {})).toEqual({ codecs: undefined, headerExtensions: [] });
});
