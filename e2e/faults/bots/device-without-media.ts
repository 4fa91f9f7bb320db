import type {
  MediaDevice,
  ReceiveTransport,
  SendTransport,
  SendTransportOptions,
  TransportOptions,
} from '@waterbus/client/testing/device';

/**
 * Signalling as with media, without media: it opens transports and announces producers, but begins
 * no connection, so that Server WS waits for none. Publications can be muted, moved and closed.
 */
export function deviceWithoutMedia(): MediaDevice {
  return {
    rtpCapabilities: { codecs: [] },
    sends: [],
    carries: async () => [],
    ownCapabilities: async () => undefined,
    load: async () => {},
    openSend,
    openReceive,
  };
}

function openSend({ parameters, produce }: SendTransportOptions): SendTransport {
  return {
    ...transport(parameters.id),
    send: async ({ source, muted, replaces }) => {
      const producerId = await produce({ kind: 'audio', source, paused: muted, rtpParameters: opus(), replaces });
      const nothing = { replaceTrack: async () => {}, encode: () => {}, close: () => {} };
      return { producerId, ...nothing, limitedByProcessor: async () => false };
    },
  };
}

function openReceive({ parameters }: TransportOptions): ReceiveTransport {
  return {
    ...transport(parameters.id),
    receive: () => Promise.reject(new Error('Nothing is received without media')),
  };
}

function transport(id: string) {
  return {
    id,
    state: 'new' as const,
    restartIce: async () => {},
    iceParameters: undefined,
    isNegotiating: false,
    stats: async () => new Map(),
    close: () => {},
  };
}

let ssrc = 1000;

function opus() {
  ssrc += 1;
  return {
    codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
    encodings: [{ ssrc }],
    rtcp: { cname: `bot-${ssrc}` },
  };
}

/** A track for a publication. */
export function silentTrack(): MediaStreamTrack {
  return { id: 'silence', kind: 'audio', readyState: 'live', enabled: true } as MediaStreamTrack;
}
