import type { RtpCapabilities } from '@waterbus/protocol';

/**
 * A device's own capabilities with the router's ids for header extensions, as mediasoup-client
 * returns them once it has loaded the router's. Payload types need no translation: codecs are
 * compared by their parameters, and RTX by the codec that it retransmits.
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
