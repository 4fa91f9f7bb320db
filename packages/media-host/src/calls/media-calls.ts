import type {
  ConsumerPreferences,
  Control,
  DtlsParameters,
  IceParameters,
  MediaKind,
  RtpCapabilities,
  RtpParameters,
  TransportParameters,
} from '@waterbus/media';

/**
 * Every call of a media node: its arguments and its answer, by the types of `perform`, which
 * executes it on the engine of the worker, or `of` its pipes; and whether it may change the weights of
 * `HostedMediaNode.forwardingWeights`. All arguments and answers are ids and plain data. The client
 * (`RemoteCalls`), the answering worker (`engineCalls`) and the schemas of the bus derive from this
 * table.
 *
 * The caller chooses the ids of routers, transports, producers and consumers; to open an open one,
 * or to close a closed one, is not an error.
 */
export const mediaCalls = {
  /** With options for an open router: changes it. */
  openRouter: {
    perform: (control, routerId: string, options?: RouterOptions) => control.openRouter(routerId, options),
    changesForwarding: false,
  },
  closeRouter: {
    perform: (control, routerId: string) => control.closeRouter(routerId),
    changesForwarding: true,
  },
  openTransport: {
    perform: (control, { routerId, transportId }: OpenTransportRequest) => control.openTransport(routerId, transportId),
    changesForwarding: false,
  },
  connectTransport: {
    perform: (control, transportId: string, dtlsParameters: DtlsParameters) =>
      control.connectTransport(transportId, dtlsParameters),
    changesForwarding: false,
  },
  restartIce: {
    perform: (control, transportId: string) => control.restartIce(transportId),
    changesForwarding: false,
  },
  /** The client's own ICE credentials: its transport checks where the client receives. */
  setRemoteIce: {
    perform: (control, transportId: string, iceParameters: IceParameters) =>
      control.setRemoteIce(transportId, iceParameters),
    changesForwarding: false,
  },
  /**
   * The share (0-1) of recent video frames that its client could not show in time: for the
   * connection quality.
   */
  reportFramesDropped: {
    perform: (control, transportId: string, share: number) => control.reportFramesDropped(transportId, share),
    changesForwarding: false,
  },
  /**
   * Connects a transport of this node with one of another node: what one would send to its peer
   * arrives at the other. Answers the parameters of the peer that both have from now on, for
   * `connectTransport`. It ends with either of the transports, and ends both when it fails.
   */
  openPipe: {
    of: 'pipes',
    perform: (pipes: PipeCalls, request: OpenPipeRequest) => pipes.openPipe(request),
    changesForwarding: false,
  },
  closeTransport: {
    perform: (control, transportId: string) => control.closeTransport(transportId),
    changesForwarding: true,
  },
  produce: {
    perform: (control, request: ProduceRequest) => control.produce(request),
    changesForwarding: false,
  },
  pauseProducer: {
    perform: (control, producerId: string) => control.pauseProducer(producerId),
    changesForwarding: true,
  },
  resumeProducer: {
    perform: (control, producerId: string) => control.resumeProducer(producerId),
    changesForwarding: true,
  },
  closeProducer: {
    perform: (control, producerId: string) => control.closeProducer(producerId),
    changesForwarding: true,
  },
  consume: {
    perform: (control, request: ConsumeRequest) => control.consume(request),
    changesForwarding: true,
  },
  /** `consume` for a receiver that made the offer: into one of its media sections. */
  fillSection: {
    perform: (control, request: FillSectionRequest) => control.fillSection(request),
    changesForwarding: true,
  },
  pauseConsumer: {
    perform: (control, consumerId: string) => control.pauseConsumer(consumerId),
    changesForwarding: true,
  },
  resumeConsumer: {
    perform: (control, consumerId: string) => control.resumeConsumer(consumerId),
    changesForwarding: true,
  },
  /**
   * How the receiver shows the picture; this decides the layers it gets. Calls in quick succession
   * count as the last one.
   */
  setConsumerPreferences: {
    perform: (control, consumerId: string, preferences: ConsumerPreferences) =>
      control.setConsumerPreferences(consumerId, preferences),
    changesForwarding: false,
  },
  closeConsumer: {
    perform: (control, consumerId: string) => control.closeConsumer(consumerId),
    changesForwarding: true,
  },
  transportStats: {
    perform: (control, transportId: string) => control.transportStats(transportId),
    changesForwarding: false,
  },
  /** The totals of those of these transports that are open and connected. */
  pathTotals: {
    perform: (control, transportIds: string[]) => control.pathTotals(transportIds),
    changesForwarding: false,
  },
  producerStats: {
    perform: (control, producerId: string) => control.producerStats(producerId),
    changesForwarding: false,
  },
} as const satisfies Record<string, MediaCall>;

export type MediaCallName = keyof typeof mediaCalls;

/** A message cannot call any other method. */
export const mediaCallNames = Object.keys(mediaCalls) as MediaCallName[];

export type MediaCallArguments<N extends MediaCallName> =
  Parameters<(typeof mediaCalls)[N]['perform']> extends [unknown, ...infer A] ? A : never;

export type MediaCallAnswer<N extends MediaCallName> = ReturnType<(typeof mediaCalls)[N]['perform']>;

/** The table from the caller's side. A refused call rejects with a `MediaNodeError`. */
export type MediaNodeCalls = {
  [N in MediaCallName]: (...args: MediaCallArguments<N>) => Promise<MediaCallAnswer<N>>;
};

export interface RouterOptions {
  /** The number of audio streams that the router forwards at once, 0 for all. */
  loudest: number;
}

export interface OpenTransportRequest {
  routerId: string;
  transportId: string;
  /** For its router, as in `RouterOptions`. */
  loudest?: number | undefined;
  /**
   * The accounts that it counts for, for quotas of a layer in front of the engine; the engine has
   * none by account.
   */
  accounts?: { caller?: string | undefined; owner?: string | undefined } | undefined;
}

export interface ProduceRequest {
  transportId: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  paused: boolean;
}

export interface ConsumeRequest {
  transportId: string;
  consumerId: string;
  producerId: string;
  rtpCapabilities: RtpCapabilities;
  paused: boolean;
}

export interface FillSectionRequest {
  transportId: string;
  consumerId: string;
  producerId: string;
  /** As negotiated with the receiver, with all of its codecs. */
  section: RtpParameters;
}

export interface OpenPipeRequest {
  /** As this node describes its transport, and the other node the other one. */
  near: TransportParameters;
  far: TransportParameters;
}

/** The calls that a worker executes beside its engine. */
export interface PipeCalls {
  openPipe(request: OpenPipeRequest): DtlsParameters;
}

type MediaCall = EngineCall | PipeCall;

interface EngineCall {
  of?: undefined;
  perform(control: Control, ...args: never[]): unknown;
  changesForwarding: boolean;
}

interface PipeCall {
  of: 'pipes';
  perform(pipes: PipeCalls, ...args: never[]): unknown;
  changesForwarding: boolean;
}
