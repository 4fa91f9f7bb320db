import type { RtpCapabilities } from '@waterbus/protocol';

/**
 * A device's own capabilities with the router's ids for header extensions, as mediasoup-client answers them once it knows the router. Payload types need
 * no translation: codecs are compared by what they are, and RTX by what it repeats.
 */
export function deviceCapabilities(device: RtpCapabilities, router: RtpCapabilities): RtpCapabilities {
  const own = device.headerExtensions ?? [];
  return {
    codecs: device.codecs,
    headerExtensions: (router.headerExtensions ?? []).filter(({ kind, uri }) =>
      own.some((candidate) => candidate.kind === kind && candidate.uri === uri),
    ),
  };
}
