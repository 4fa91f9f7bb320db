import type { RtpCapabilities, VideoCodec } from '@waterbus/protocol';
import type {
  MediaDevice,
  Receiver,
  ReceiveTransport,
  Sender,
  SendTransport,
  SendTransportOptions,
  TransportOptions,
  TransportState,
} from '../src/webrtc/device.js';

const dtlsParameters = { role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value: 'BB' }] };
const rtpParameters = { codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }] };

/**
 * A WebRTC implementation without media: it negotiates as the real one does and records open
 * objects.
 */
export class FakeDevice implements MediaDevice {
  rtpCapabilities: RtpCapabilities = { codecs: [] };
  sends: VideoCodec[] = ['vp8'];
  carried: VideoCodec[] = ['vp8'];
  loads = 0;
  transports: FakeTransport[] = [];
  /** Whether media of receivers created from now on arrive at once. */
  flowing = true;
  /** No transport that is opened from now on connects. */
  blocked = false;

  async ownCapabilities() {
    return this.rtpCapabilities;
  }

  async carries() {
    return this.carried;
  }

  async load(): Promise<void> {
    this.loads += 1;
  }

  openSend(options: SendTransportOptions): FakeSendTransport {
    const transport = new FakeSendTransport(options);
    transport.dead = this.blocked;
    this.transports.push(transport);
    return transport;
  }

  openReceive(options: TransportOptions): FakeReceiveTransport {
    const transport = new FakeReceiveTransport(options, () => this.flowing);
    transport.dead = this.blocked;
    this.transports.push(transport);
    return transport;
  }

  get open(): FakeTransport[] {
    return this.transports.filter(({ state }) => state !== 'closed');
  }

  get allSending(): FakeSendTransport[] {
    return this.open.filter((transport) => transport instanceof FakeSendTransport);
  }

  get allReceiving(): FakeReceiveTransport[] {
    return this.open.filter((transport) => transport instanceof FakeReceiveTransport);
  }

  /** The newest receiver of a producer, open or closed. */
  receivingFrom(producerId: string): FakeReceiveTransport['receivers'][number] | undefined {
    return this.transports
      .flatMap((transport) => (transport instanceof FakeReceiveTransport ? transport.receivers : []))
      .findLast((receiver) => receiver.producerId === producerId);
  }

  get sending(): FakeSendTransport {
    return this.open.find((transport) => transport instanceof FakeSendTransport)!;
  }

  get receiving(): FakeReceiveTransport {
    return this.open.find((transport) => transport instanceof FakeReceiveTransport)!;
  }
}

class FakeTransport {
  readonly id: string;
  state: TransportState = 'new';
  readonly isNegotiating = false;
  restarts = 0;
  iceServers: RTCIceServer[] = [];
  get iceParameters() {
    return { usernameFragment: `${this.id} ${this.restarts}`, password: 'secret', iceLite: false };
  }
  /** No packets arrive through it: a restart does not help. */
  dead = false;
  /** The selected local candidate. */
  candidate: { candidateType: string; protocol: string; relayProtocol?: string } = {
    candidateType: 'host',
    protocol: 'udp',
  };
  /** The time of the last packet, where the browser reports it. */
  arrivedAt: number | undefined;
  #options: TransportOptions;
  #reads = 0;

  constructor(options: TransportOptions) {
    this.id = options.parameters.id;
    this.#options = options;
  }

  become(state: TransportState): void {
    this.state = state;
    this.#options.onState(state);
  }

  async restartIce(_: unknown, iceServers: RTCIceServer[]): Promise<void> {
    this.iceServers = iceServers;
    this.restarts += 1;
    if (!this.dead) this.become('connected');
  }

  async stats(): Promise<RTCStatsReport> {
    if (!this.dead) this.#reads += 1;
    const entries = [
      { id: 'transport', type: 'transport', selectedCandidatePairId: 'pair' },
      {
        id: 'pair',
        type: 'candidate-pair',
        localCandidateId: 'local',
        bytesReceived: this.#reads,
        lastPacketReceivedTimestamp: this.arrivedAt,
      },
      { id: 'local', type: 'local-candidate', ...this.candidate },
    ];
    return new Map(entries.map((entry) => [entry.id, entry])) as unknown as RTCStatsReport;
  }

  close(): void {
    this.state = 'closed';
  }

  protected async connect(): Promise<void> {
    if (this.state !== 'new') return;
    this.state = 'connecting';
    await this.#options.connect(dtlsParameters);
    if (this.dead) this.become('connecting');
    else if (this.state === 'connecting') this.become('connected');
  }
}

interface FakeSender {
  producerId: string;
  track: MediaStreamTrack | null;
  closed: boolean;
  /** Highest spatial layer; undefined: all. */
  encodes: number | undefined;
  codec: VideoCodec | undefined;
  alternative: boolean;
  /** By a machine that is too slow. */
  limited: boolean;
}

class FakeSendTransport extends FakeTransport implements SendTransport {
  senders: FakeSender[] = [];
  #send: SendTransportOptions;

  constructor(options: SendTransportOptions) {
    super(options);
    this.#send = options;
  }

  async send({
    track,
    source,
    muted,
    silent,
    replaces,
    codec,
    alternative,
  }: Parameters<SendTransport['send']>[0]): Promise<Sender> {
    void this.connect().catch(() => {});
    const kind = track.kind as 'audio' | 'video';
    const producerId = await this.#send.produce({
      ...{ kind, source, paused: muted, rtpParameters, replaces },
      ...(alternative && { alternative }),
    });
    const sender: FakeSender = {
      ...{ producerId, track: muted || silent ? null : track, closed: false, encodes: undefined },
      ...{ codec, alternative: alternative ?? false, limited: false },
    };
    this.senders.push(sender);
    return {
      producerId,
      codec: kind === 'video' ? (codec ?? 'vp8') : undefined,
      async replaceTrack(next) {
        sender.track = next;
      },
      limitedByProcessor: async () => sender.limited,
      encode(spatial) {
        sender.encodes = spatial;
      },
      close() {
        sender.closed = true;
      },
    };
  }
}

class FakeReceiveTransport extends FakeTransport implements ReceiveTransport {
  receivers: {
    producerId: string;
    closed: boolean;
    flowing: boolean;
    /** How often it was looked at whether it flows. */
    looks: number;
    /** Milliseconds. */
    idle: number;
    /** It was closed alone, for which the others are negotiated anew. */
    closedAlone: boolean;
  }[] = [];
  #flowing: () => boolean;

  constructor(options: TransportOptions, flowing: () => boolean) {
    super(options);
    this.#flowing = flowing;
  }

  /** Its receivers end with the connection. */
  override close(): void {
    super.close();
    for (const receiver of this.receivers) receiver.closed = true;
  }

  async receive({ producerId, kind }: Parameters<ReceiveTransport['receive']>[0]): Promise<Receiver> {
    await this.connect();
    const receiver = { producerId, closed: false, flowing: this.#flowing(), looks: 0, idle: 0, closedAlone: false };
    this.receivers.push(receiver);
    return {
      track: track(kind, `remote ${producerId}`),
      flowing: () => {
        receiver.looks += 1;
        return receiver.flowing;
      },
      idleFor: () => receiver.idle,
      close() {
        receiver.closedAlone ||= !receiver.closed;
        receiver.closed = true;
      },
    };
  }
}

export function track(kind: 'audio' | 'video', id: string = kind): MediaStreamTrack {
  return { id, kind, readyState: 'live', enabled: true } as MediaStreamTrack;
}
