import type { types } from 'mediasoup-client';

/**
 * Makes the microphone send RED packets (RFC 2198), each with the one before it, so that the server
 * restores single losses without a retransmission. mediasoup-client negotiates one codec for a
 * stream, and browsers use RED when it is answered before Opus: it is added where the answer is
 * made. The field is private; a test fails when it disappears.
 */
export function withRedundantSound(transport: types.Transport, sendable: types.RtpCapabilities): void {
  if (!sendable.codecs?.some((codec) => codec.mimeType.toLowerCase() === RED)) return;
  const { _remoteSdp: description } = transport.handler as unknown as { _remoteSdp?: RemoteDescription };
  if (!description) return;
  const answer = description.send.bind(description);
  description.send = (options) => {
    addRedundancy(options);
    answer(options);
  };
}

export interface RemoteDescription {
  send(options: AnsweredStream): void;
}

export interface AnsweredStream {
  offerMediaObject: {
    type: string;
    rtp: { payload: number; codec: string; rate?: number; encoding?: number | string }[];
    fmtp: { payload: number; config: string }[];
  };
  /** The parameters in the request to the server. */
  offerRtpParameters: types.RtpParameters;
  answerRtpParameters: types.RtpParameters;
  codecOptions?: types.ProducerCodecOptions;
}

/** Exported for tests. */
export function addRedundancy({
  offerMediaObject,
  offerRtpParameters,
  answerRtpParameters,
  codecOptions,
}: AnsweredStream) {
  const opus = answerRtpParameters.codecs.find(({ mimeType }) => mimeType.toLowerCase() === 'audio/opus');
  // Music has ten times the bits of speech: retransmissions repair its loss.
  if (offerMediaObject.type !== 'audio' || !opus || codecOptions?.opusStereo) return;
  const list = `${opus.payloadType}/${opus.payloadType}`;
  const red = offerMediaObject.rtp.find(
    ({ payload, codec, rate }) =>
      codec.toLowerCase() === 'red' &&
      rate === opus.clockRate &&
      offerMediaObject.fmtp.some((format) => format.payload === payload && format.config === list),
  );
  if (!red) return;
  const codec = (): types.RtpCodecParameters => ({
    mimeType: RED,
    payloadType: red.payload,
    clockRate: opus.clockRate,
    ...(opus.channels === undefined ? {} : { channels: opus.channels }),
    // A list without a name; written as `=111/111`, which browsers read alike.
    parameters: { '': list },
    rtcpFeedback: [],
  });
  answerRtpParameters.codecs.unshift(codec());
  offerRtpParameters.codecs.push(codec());
}

const RED = 'audio/red';
