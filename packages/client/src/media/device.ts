import type {
  DtlsParameters,
  IceParameters,
  RtpCapabilities,
  RtpParameters,
  Source,
  TransportParameters,
  VideoCodec,
} from '@waterbus/protocol';

/**
 * What the SDK needs of a WebRTC implementation, in ORTC's words. `mediasoup-device.ts` is the one that browsers run; tests
 * put a fake one in its place. Closing something closed does nothing.
 */
export interface MediaDevice {
  /**
   * What this device can receive by itself, with payload types and extension ids of its own; undefined when that cannot be known before `load`, which goes
   * faster after it.
   */
  ownCapabilities(): Promise<RtpCapabilities | undefined>;
  load(routerRtpCapabilities: RtpCapabilities): Promise<void>;
  /** What this device can receive; once loaded. */
  readonly rtpCapabilities: RtpCapabilities;
  /** The video codecs that this browser encodes and the routers take; none before it is loaded. */
  readonly sends: readonly VideoCodec[];
  /** Which of them this machine encodes in real time with ease. */
  carries(): Promise<readonly VideoCodec[]>;
  openSend(options: SendTransportOptions): SendTransport;
  openReceive(options: TransportOptions): ReceiveTransport;
}

export interface TransportOptions {
  parameters: TransportParameters;
  iceServers: RTCIceServer[];
  /** Carries the local DTLS parameters to the server, when they are known. */
  connect(dtlsParameters: DtlsParameters): Promise<void>;
  onState(state: TransportState): void;
}

export interface SendTransportOptions extends TransportOptions {
  /** Announces a stream to the server; answers the producer's id. */
  produce(stream: {
    kind: 'audio' | 'video';
    source: Source;
    paused: boolean;
    rtpParameters: RtpParameters;
    /** The own producer whose stream this one carries on (R10). */
    replaces?: string;
    /** Beside the same source in another codec. */
    alternative?: true;
  }): Promise<string>;
  /** Takes back what was announced: nothing will be sent. */
  withdraw(producerId: string): void;
}

export type TransportState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

export interface Transport {
  readonly id: string;
  readonly state: TransportState;
  restartIce(iceParameters: IceParameters): Promise<void>;
  stats(): Promise<RTCStatsReport>;
  close(): void;
}

export interface SendTransport extends Transport {
  /** `silent`: without being muted it sends nothing before `replaceTrack`. */
  send(stream: {
    track: MediaStreamTrack;
    source: Source;
    muted: boolean;
    silent?: boolean;
    replaces?: string;
    /** For pictures; VP8 where it is left out, or where this browser does not send it. */
    codec?: VideoCodec | undefined;
    /** Beside the same source in another codec. */
    alternative?: boolean;
  }): Promise<Sender>;
}

export interface Sender {
  readonly producerId: string;
  /** Of a picture. */
  readonly codec?: VideoCodec | undefined;
  /** Sends this track, or nothing at all. The track itself is left as it is. */
  replaceTrack(track: MediaStreamTrack | null): Promise<void>;
  /** Encodes nothing above this spatial layer from now on; −1: nothing at all. Without it everything is encoded. */
  encode(spatial: number): void;
  /** Whether its encoder gives less than it should because the machine is too slow. */
  limitedByProcessor(): Promise<boolean>;
  close(): void;
}

export interface ReceiveTransport extends Transport {
  receive(stream: {
    id: string;
    producerId: string;
    participantId: string;
    source: Source;
    kind: 'audio' | 'video';
    rtpParameters: RtpParameters;
  }): Promise<Receiver>;
}

export interface Receiver {
  readonly track: MediaStreamTrack;
  /** Whether anything could be seen or heard of it: a picture was decoded, or sound played out; within so many milliseconds, when given. */
  flowing(within?: number): boolean;
  close(): void;
}
