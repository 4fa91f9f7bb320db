import type { RoomProducer, RtpCapabilities } from '@waterbus/protocol';

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

/**
 * The part of a receiver's capabilities that decides about this producer: its codec in all
 * profiles, and the repair of it. The rest is most of the message to the media node.
 */
export function capabilitiesFor(
  { kind, codec }: Pick<RoomProducer, 'kind' | 'codec'>,
  { codecs = [], headerExtensions = [] }: RtpCapabilities,
): RtpCapabilities {
  const type = codec === undefined ? `${kind}/` : `${kind}/${codec}`;
  const isRepair = ({ mimeType }: Codec) => mimeType.toLowerCase() === `${kind}/rtx`;
  const decodes = codecs.filter((one) => !isRepair(one) && one.mimeType.toLowerCase().startsWith(type));
  const payloadTypes = new Set(decodes.map(({ preferredPayloadType }) => preferredPayloadType));
  const repairs = codecs.filter((one) => isRepair(one) && payloadTypes.has(Number(one.parameters?.apt)));
  return { codecs: [...decodes, ...repairs], headerExtensions };
}

type Codec = NonNullable<RtpCapabilities['codecs']>[number];
