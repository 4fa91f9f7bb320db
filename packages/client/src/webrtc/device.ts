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
 * The SDK's interface to a WebRTC implementation, in ORTC's terms. Browsers run
 * `mediasoup-device.ts`; tests use a fake one. Closing a closed object does nothing.
 */
export interface MediaDevice {
  /**
   * The capabilities of this device for receiving, with payload types and extension ids of its own;
   * undefined when they cannot be known before `load`, which is faster after this call.
   */
  ownCapabilities(): Promise<RtpCapabilities | undefined>;
  load(routerRtpCapabilities: RtpCapabilities): Promise<void>;
  /** The capabilities for receiving; once loaded. */
  readonly rtpCapabilities: RtpCapabilities;
  /**
   * The video codecs that this browser encodes and the routers accept; none before it is loaded.
   */
  readonly sends: readonly VideoCodec[];
  /** The ones that this machine encodes in real time with ease. */
  carries(): Promise<readonly VideoCodec[]>;
  openSend(options: SendTransportOptions): SendTransport;
  openReceive(options: TransportOptions): ReceiveTransport;
}

/** As in RTCConfiguration. */
export interface IceOptions {
  iceServers: RTCIceServer[];
  iceTransportPolicy?: RTCIceTransportPolicy | undefined;
}

export interface TransportOptions extends IceOptions {
  parameters: TransportParameters;
  /** Sends the local DTLS parameters to the server, when they are known. */
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
    /** Published beside the same source in another codec. */
    alternative?: true;
  }): Promise<string>;
  /** Withdraws an announced stream: no media will be sent. */
  withdraw(producerId: string): void;
}

export type TransportState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

export interface Transport {
  readonly id: string;
  readonly state: TransportState;
  /** Its own ICE credentials; others after a restart. */
  readonly iceParameters: IceParameters | undefined;
  /** Streams come or go at this moment, so that a look at a receiver would wait for the end. */
  readonly isNegotiating: boolean;
  /** `iceServers`: for its new candidates. */
  restartIce(iceParameters: IceParameters, iceServers: RTCIceServer[]): Promise<void>;
  stats(): Promise<RTCStatsReport>;
  close(): void;
}

export interface SendTransport extends Transport {
  /** `silent`: sends no media before `replaceTrack`, although it is not muted. */
  send(stream: {
    track: MediaStreamTrack;
    source: Source;
    muted: boolean;
    silent?: boolean;
    replaces?: string;
    /** For pictures; VP8 if omitted, or where this browser does not send the codec. */
    codec?: VideoCodec | undefined;
    /** Published beside the same source in another codec. */
    alternative?: boolean;
  }): Promise<Sender>;
}

export interface Sender {
  readonly producerId: string;
  /** Of a picture. */
  readonly codec?: VideoCodec | undefined;
  /** Sends this track, or no media. The track itself is not changed. */
  replaceTrack(track: MediaStreamTrack | null): Promise<void>;
  /**
   * Encodes no layer above this spatial layer from now on; −1: none at all. Without a call, all
   * layers are encoded.
   */
  encode(spatial: number): void;
  /** Whether its encoder reduces quality because the machine is too slow. */
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
  /**
   * Whether the stream has been seen or heard: a picture was decoded, or sound played out; within
   * so many milliseconds, if given.
   */
  flowing(within?: number): boolean;
  /** Milliseconds since it was last seen or heard; 0 before the first time. */
  idleFor(): number;
  close(): void;
}
