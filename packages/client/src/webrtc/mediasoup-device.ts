import {
  decodedVideoCodecs,
  type RtpCapabilities,
  type RtpParameters,
  type Source,
  type VideoCodec,
} from '@waterbus/protocol';
import { Device, type types } from 'mediasoup-client';
import { unreachable, WaterbusError } from '../failures.js';
import { Answering } from './answering.js';
import { carriedCodecs } from './carried-codecs.js';
import { Connecting } from './connecting.js';
import type {
  MediaDevice,
  Receiver,
  ReceiveTransport,
  Sender,
  SendTransport,
  Transport,
  TransportOptions,
} from './device.js';
import { EncodingControl } from './encoding-control.js';
import { fitting, isLayered, sendingParameters } from './encodings.js';
import { Gathering } from './gathering.js';
import { ownIceParameters } from './own-ice.js';
import { withRedundantSound } from './redundant-sound.js';

/** The browser's WebRTC through mediasoup-client, which knows the differences between browsers. */
export function mediasoupDevice(device: Device = detectedDevice()): MediaDevice {
  const ownCapabilities = rememberCapabilities(device);
  return {
    ownCapabilities,
    load: (routerRtpCapabilities) =>
      device.loaded
        ? Promise.resolve()
        : device.load({ routerRtpCapabilities: routerRtpCapabilities as types.RtpCapabilities }),
    get rtpCapabilities() {
      return device.recvRtpCapabilities as RtpCapabilities;
    },
    get sends() {
      return sentCodecs(device);
    },
    carries: carriedCodecs,
    openSend(options) {
      const transport = device.createSendTransport(transportOptions(options));
      withRedundantSound(transport, device.sendRtpCapabilities);
      const connecting = wire(transport, options);
      // mediasoup-client sends one stream after the other, each waiting for its id; with an own id
      // for its records the streams are announced at the same time, so that receivers negotiate
      // them together.
      const announcing = new Gathering(LONGEST_GATHERING);
      const waiting = new Map<string, Waiting>();
      transport.on('produce', ({ kind, rtpParameters, appData }, done) => {
        const { key, source, muted, replaces, alternative } = appData as unknown as Announced;
        const stream = {
          ...{ kind, source, paused: muted, rtpParameters: rtpParameters as RtpParameters, replaces },
          ...(alternative && { alternative }),
        };
        const { resolve, reject } = waiting.get(key)!;
        waiting.delete(key);
        announcing.answered([() => options.produce(stream).then(resolve, reject)]);
        done({ id: key });
      });
      return sendTransport(transport, { device, connecting, announcing, waiting, withdraw: options.withdraw });
    },
    openReceive(options) {
      const transport = device.createRecvTransport(transportOptions(options));
      const connecting = wire(transport, options);
      withoutProbator(transport);
      const connection = connectionOf(transport);
      const answering = connection && new Answering(connection, device.handlerName === 'Chrome111');
      return receiveTransport(transport, connecting, answering);
    },
  };
}

function detectedDevice(): Device {
  if (typeof RTCPeerConnection === 'undefined') {
    const isPage = typeof document !== 'undefined';
    throw new WaterbusError(
      'browser.unsupported',
      isPage
        ? 'This browser cannot make calls: it has no WebRTC'
        : '`join` runs in browsers only: this runtime has no WebRTC. Back ends use @waterbus/server-sdk',
    );
  }
  try {
    return new Device();
  } catch {
    throw new WaterbusError('browser.unsupported', 'This browser cannot make calls');
  }
}

/**
 * Makes mediasoup-client query the browser's capabilities once, with a peer connection for each
 * direction, before `load` needs them. The factory is private; a test fails when it disappears.
 */
function rememberCapabilities(device: Device): () => Promise<RtpCapabilities | undefined> {
  const { _handlerFactory: factory } = device as unknown as { _handlerFactory?: types.HandlerFactory };
  if (!factory) return async () => undefined;
  const query = factory.getNativeRtpCapabilities;
  const known = new Map<Direction, ReturnType<typeof query>>();
  const remembered: typeof query = (options) => {
    const { direction } = options;
    const answer = known.get(direction) ?? query(options);
    known.set(direction, answer);
    answer.catch(() => known.delete(direction));
    return answer;
  };
  factory.getNativeRtpCapabilities = remembered;
  return async () => {
    // Creating a peer connection blocks; pending requests to the servers leave first.
    if (!known.has('recvonly')) await nextTask();
    // `load` needs both.
    remembered({ direction: 'sendonly' }).catch(() => {});
    return (await remembered({ direction: 'recvonly' }).catch(() => undefined)) as RtpCapabilities | undefined;
  };
}

/** Not a timer, which browsers delay by a second and more in hidden pages. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

type Direction = Parameters<types.HandlerFactory['getNativeRtpCapabilities']>[0]['direction'];

function transportOptions(options: TransportOptions): types.TransportOptions {
  const { parameters, iceServers, iceTransportPolicy } = options;
  return { ...(parameters as types.TransportOptions), iceServers, iceTransportPolicy };
}

function wire(transport: types.Transport, options: TransportOptions): Connecting {
  const connecting = new Connecting((parameters) => options.connect(parameters));
  transport.on('connect', ({ dtlsParameters }, done) => {
    connecting.begin({ ...dtlsParameters, role: dtlsParameters.role ?? 'auto' });
    done();
  });
  transport.on('connectionstatechange', (state) => options.onState(state));
  return connecting;
}

/**
 * mediasoup's server probes bandwidth with packets of a separate stream, for which mediasoup-client
 * negotiates a receiver with the first video. Our media node sends none, and that negotiation would
 * be one of two for which each joining participant waits. The field is private; a test fails when
 * it disappears.
 */
function withoutProbator(transport: types.Transport): void {
  Object.assign(transport, { _probatorConsumerCreated: true });
}

/** The field is private; a test fails when it disappears. */
function connectionOf(transport: types.Transport): RTCPeerConnection | undefined {
  return (transport.handler as unknown as { _pc?: RTCPeerConnection })._pc;
}

/** mediasoup-client does the same, but not in Firefox, which did not know it before version 119. */
function useIceServers(connection: RTCPeerConnection | undefined, iceServers: RTCIceServer[]): void {
  try {
    connection?.setConfiguration({ ...connection.getConfiguration(), iceServers });
  } catch {
    // A closed connection; or a browser that keeps the servers of the beginning.
  }
}

function transportOf(transport: types.Transport, answering?: Answering): Transport {
  return {
    id: transport.id,
    get state() {
      return transport.connectionState;
    },
    get iceParameters() {
      return ownIceParameters(connectionOf(transport)?.localDescription?.sdp);
    },
    get isNegotiating() {
      return answering?.isPending ?? false;
    },
    restartIce: (iceParameters, iceServers) => {
      useIceServers(connectionOf(transport), iceServers);
      return transport.restartIce({ iceParameters });
    },
    stats: () => transport.getStats(),
    close: () => transport.close(),
  };
}

interface Announced {
  key: string;
  source: Source;
  muted: boolean;
  replaces?: string;
  alternative?: true;
}

interface Sending {
  device: Device;
  connecting: Connecting;
  announcing: Gathering;
  waiting: Map<string, Waiting>;
  withdraw(producerId: string): void;
}

/** A stream that is not announced yet. */
interface Waiting {
  resolve(producerId: string): void;
  reject(error: unknown): void;
}

/**
 * Milliseconds: microphone and camera begin within one negotiation of each other, also on a busy
 * machine.
 */
const LONGEST_GATHERING = 300;

let keys = 0;

function sendTransport(
  transport: types.Transport,
  { device, connecting, announcing, waiting, withdraw }: Sending,
): SendTransport {
  return Object.assign(transportOf(transport), {
    async send(stream: Parameters<SendTransport['send']>[0]): Promise<Sender> {
      const { track, source, muted, silent, replaces, codec: wanted, alternative } = stream;
      const size = track.getSettings();
      const codecOf = (name: string) =>
        device.sendRtpCapabilities.codecs?.find(({ mimeType }) => mimeType.toLowerCase() === name);
      const videoCodec = wanted && sentCodecs(device).includes(wanted) ? wanted : 'vp8';
      const { mimeType, encodings, codecOptions } = sendingParameters(source, size, videoCodec);
      if (source === 'screen') preferDetail(track);
      const codec = codecOf(mimeType);
      const key = `stream-${++keys}`;
      const announced = new Promise<string>((resolve, reject) => waiting.set(key, { resolve, reject }));
      announced.catch(() => {});
      announcing.requested();
      const producing = transport.produce({
        track,
        codec,
        encodings,
        codecOptions,
        // The track belongs to the application; muting removes it from the sender instead of
        // disabling it.
        stopTracks: false,
        disableTrackOnPause: false,
        appData: { key, source, muted, replaces, ...(alternative && { alternative }) },
        onRtpSender: (sender) => {
          if (muted || silent) void sender.replaceTrack(null);
        },
      });
      const producer = await producing.catch((error) => {
        // Others need not wait for a stream that is never announced.
        if (waiting.delete(key)) announcing.answered();
        throw error;
      });
      try {
        const [producerId] = await Promise.all([announced, connecting.sent()]);
        const { rtpSender } = producer;
        const control =
          rtpSender && encodings && new EncodingControl(rtpSender, size, fitting(source, videoCodec, encodings.length));
        const sent = track.kind === 'video' ? videoCodec : undefined;
        return senderOf(producer, { producerId, codec: sent, source, control });
      } catch (error) {
        producer.close();
        // The stream was announced before the connection of the transport failed.
        announced.then(withdraw, () => {});
        throw error;
      }
    },
  });
}

function senderOf(
  producer: types.Producer,
  of: Pick<Sender, 'producerId' | 'codec'> & { source: Source; control: EncodingControl | undefined },
): Sender {
  const { producerId, codec, source, control } = of;
  const { rtpSender } = producer;
  return {
    producerId,
    codec,
    replaceTrack: async (track) => {
      if (track && source === 'screen') preferDetail(track);
      await rtpSender?.replaceTrack(track);
      if (track) control?.captured(track.getSettings());
    },
    encode: (spatial) => control?.want(spatial),
    limitedByProcessor: () => limitedByProcessor(rtpSender),
    close: () => producer.close(),
  };
}

async function limitedByProcessor(sender: RTCRtpSender | undefined): Promise<boolean> {
  const report = await sender?.getStats().catch(() => undefined);
  let limited = false;
  report?.forEach((entry) => {
    if (entry.type === 'outbound-rtp' && entry.qualityLimitationReason === 'cpu') limited = true;
  });
  return limited;
}

/**
 * The video codecs to send; VP9 and AV1 only in browsers that send layers in one stream, else all
 * receivers get the same size.
 */
function sentCodecs(device: Device): VideoCodec[] {
  if (!device.loaded) return [];
  const encoded = decodedVideoCodecs(device.sendRtpCapabilities as RtpCapabilities);
  return encoded.filter((codec) => !isLayered(codec) || LAYERING.has(device.handlerName));
}

/**
 * Handlers of mediasoup-client whose browsers know `scalabilityMode` (webrtc-svc); Firefox does
 * not.
 */
const LAYERING: ReadonlySet<string> = new Set(['Chrome111']);

/** Text stays sharp, at the cost of frames; unless the application has set another hint. */
function preferDetail(track: MediaStreamTrack): void {
  if (track.contentHint === '') track.contentHint = 'detail';
}

/**
 * Browsers play tracks of one stream in lip sync: a voice with its face, a screen with its sound.
 * In one stream for all, a screen that arrives late would delay the voice. Characters as in an msid
 * (RFC 8830 section 2).
 */
function synchronizationGroup(participantId: string, source: Source): string {
  const isScreen = source === 'screen' || source === 'screen-audio';
  return `${participantId}.${isScreen ? 'screen' : 'person'}`;
}

function receiveTransport(
  transport: types.Transport,
  connecting: Connecting,
  answering: Answering | undefined,
): ReceiveTransport {
  return Object.assign(transportOf(transport, answering), {
    receive(stream: Parameters<ReceiveTransport['receive']>[0]): Promise<Receiver> {
      const { id, producerId, participantId, source, kind } = stream;
      const consumer = transport.consume({
        id,
        producerId,
        kind,
        rtpParameters: stream.rtpParameters as types.RtpParameters,
        streamId: synchronizationGroup(participantId, source),
      });
      // mediasoup-client does not settle pending calls when their transport is closed.
      const closed = new Promise<never>((_, reject) => {
        transport.observer.once('close', () => reject(unreachable('the transport was closed')));
      });
      closed.catch(() => {});
      return Promise.race([consumer, closed]).then(async (consumer) => {
        try {
          await Promise.race([connecting.sent(), closed]);
        } catch (error) {
          consumer.close();
          throw error;
        }
        return {
          track: consumer.track,
          flowing: (within?: number) => flowing(consumer.rtpReceiver, within),
          idleFor: () => idleFor(consumer.rtpReceiver),
          close: () => (answering ? answering.afterwards(() => consumer.close()) : consumer.close()),
        };
      });
    },
  });
}

/** As `flowing`. */
function idleFor(receiver: RTCRtpReceiver | undefined): number {
  const times = receiver?.getSynchronizationSources().map(({ timestamp }) => timestamp) ?? [];
  if (times.length === 0) return 0;
  return Math.max(0, performance.timeOrigin + performance.now() - Math.max(...times));
}

/**
 * Sources report when their last frame or sound was delivered to the track (WebRTC §5.3), in
 * milliseconds since 1970. Statistics report it too, but cost far more.
 */
function flowing(receiver: RTCRtpReceiver | undefined, within = Number.POSITIVE_INFINITY): boolean {
  const since = performance.timeOrigin + performance.now() - within;
  return receiver?.getSynchronizationSources().some(({ timestamp }) => timestamp > since) ?? false;
}
