import { parseRtcp, type RtcpSink, RtcpWriter } from '@waterbus/media';
import type { TransportParameters } from '@waterbus/protocol';
import type { RunFigures } from '../figures/run-figures.js';
import { machineTime, ORIGIN } from '../peers/machine-time.js';
import { type Peer, PeerSocket } from '../peers/peer.js';
import type { Call } from '../signalling/call.js';
import { publishedParameters } from '../streams/parameters.js';
import { seededRandom } from '../streams/random.js';
import { SoundStream } from '../streams/sound-stream.js';
import { rtxSsrc, soundSsrc, videoSsrc } from '../streams/ssrcs.js';
import { Publisher, SLOT_BYTES, type Stream } from '../streams/stream.js';
import { type Video, VideoStream } from '../streams/video-stream.js';

export interface SenderOptions {
  run: number;
  /** Its number in the run. */
  index: number;
  /** The encodings of its picture, ascending; empty: none. */
  videos: readonly Video[];
  sound: boolean;
}

/** Publishes a microphone and a camera, and answers the server's RTCP as a browser does. */
export class Sender {
  readonly streams: Stream[] = [];
  /** Packets that the server reports as lost on their way to it, before repair. */
  lost = 0;
  private readonly videos: VideoStream[] = [];
  private readonly lostOf = new Map<number, number>();
  private readonly socket: PeerSocket;
  private readonly peer: Peer;
  private readonly publisher: Publisher;
  private readonly sink: RtcpSink;
  /** Layers above this one have no receiver. */
  private wanted = Number.POSITIVE_INFINITY;
  private reportAt = 0;
  private isSending = false;

  constructor(
    private readonly call: Pick<Call, 'joined' | 'request' | 'on'>,
    private readonly transport: TransportParameters,
    private readonly options: SenderOptions,
    private readonly figures: RunFigures,
  ) {
    this.sink = this.feedback();
    const ownBytes = (options.videos.length * VIDEO_HISTORY + SOUND_HISTORY) * SLOT_BYTES;
    this.socket = new PeerSocket(
      [transport],
      {
        rtp: () => {},
        rtcp: (peer, offset, length) => parseRtcp(peer.socket.arena, offset, length, this.sink),
        wake: () => this.send(),
      },
      { ownBytes, batch: RECEIVE_BATCH, buffer: SOCKET_BUFFER },
    );
    this.peer = this.socket.peers[0]!;
    this.publisher = new Publisher(this.peer, { run: options.run, publisher: options.index });
    this.openStreams();
  }

  /** Connects and publishes. */
  async start(): Promise<void> {
    const { transport, call, peer, options } = this;
    await call.request('transport.connect', {
      transportId: transport.id,
      dtlsParameters: { role: 'client', fingerprints: [peer.socket.fingerprint] },
    });
    await peer.connected;
    const cname = call.joined.participantId;
    const produce = (kind: 'audio' | 'video', source: 'microphone' | 'camera') => {
      const rtpParameters = publishedParameters(options.videos, kind, options.index, cname);
      return call.request('produce', { transportId: transport.id, kind, source, rtpParameters });
    };
    if (options.sound) await produce('audio', 'microphone');
    if (options.videos.length > 0) {
      const early = new Map<string, number>();
      call.on('producer.wanted', ({ producerId, spatial }) => early.set(producerId, spatial));
      const { producerId } = await produce('video', 'camera');
      call.on('producer.wanted', (event) => {
        if (event.producerId === producerId) this.want(event.spatial);
      });
      const spatial = early.get(producerId);
      if (spatial !== undefined) this.want(spatial);
    }
    this.isSending = true;
    const now = machineTime();
    for (const stream of this.streams) stream.begin(now);
    this.send();
  }

  stop(): void {
    this.isSending = false;
  }

  close(): void {
    this.stop();
    this.socket.close();
  }

  private openStreams(): void {
    const { index, videos, sound } = this.options;
    // Another seed for each publisher, so that their frames do not leave together.
    const random = seededRandom(index + 1);
    let offset = this.socket.ownOffset;
    const history = (packets: number) => {
      const own = { offset, packets };
      offset += packets * SLOT_BYTES;
      return own;
    };
    for (const [layer, video] of videos.entries()) {
      this.videos.push(
        new VideoStream(this.publisher, {
          ssrc: videoSsrc(index, layer),
          rtxSsrc: rtxSsrc(index, layer),
          random,
          video,
          layer,
          history: history(VIDEO_HISTORY),
        }),
      );
    }
    this.streams.push(...this.videos);
    if (sound) {
      this.streams.push(
        new SoundStream(this.publisher, { ssrc: soundSsrc(index), random, history: history(SOUND_HISTORY) }),
      );
    }
  }

  /** Sends what is due, and sleeps until the next packet. */
  private send(): void {
    if (!this.isSending) return;
    const now = machineTime();
    if (now >= this.reportAt) {
      this.report(now);
      this.reportAt = now + REPORT_INTERVAL;
    }
    let next = this.reportAt;
    for (const stream of this.streams) {
      if (this.isUnwanted(stream)) continue;
      if (stream.due <= now) this.figures.lateness.add(now - stream.due);
      // After a stall of the machine no sender makes up for all of it.
      if (now - stream.due > MOST_BACKLOG) stream.begin(now);
      while (stream.due <= now) stream.emit(1);
      if (stream.due < next) next = stream.due;
    }
    this.peer.socket.wakeAt(next - ORIGIN);
  }

  private isUnwanted(stream: Stream): boolean {
    const layer = this.videos.indexOf(stream as VideoStream);
    return layer > this.wanted;
  }

  /** `spatial`: no receiver takes more than this layer; -1: none takes any. */
  private want(spatial: number): void {
    const before = this.wanted;
    this.wanted = spatial;
    const now = machineTime();
    for (const [layer, stream] of this.videos.entries()) {
      if (layer <= before || layer > spatial) continue;
      stream.requestKeyFrame();
      stream.begin(now);
    }
    this.send();
  }

  private feedback(): RtcpSink {
    const of = (ssrc: number) => this.streams.find((stream) => (stream.ssrc | 0) === ssrc);
    return {
      senderReport: () => {},
      bye: () => {},
      maximumBitrate: () => {},
      transportFeedback: () => {},
      keyFrameRequest: (ssrc) => of(ssrc)?.requestKeyFrame(),
      nack: (ssrc, packetId, bitmask) => {
        const stream = of(ssrc);
        stream?.resend(packetId);
        for (let bit = 0; bit < 16; bit += 1) {
          if (bitmask & (1 << bit)) stream?.resend((packetId + bit + 1) & 0xffff);
        }
      },
      reportBlock: (ssrc, _fraction, lost) => {
        this.lost += Math.max(0, lost) - (this.lostOf.get(ssrc) ?? 0);
        this.lostOf.set(ssrc, Math.max(0, lost));
      },
    };
  }

  /** A sender report of each stream (RFC 3550 section 6.4.1). */
  private report(now: number): void {
    const wallClock = (performance.timeOrigin + performance.now()) / 1000 + NTP_EPOCH;
    for (const stream of this.streams) {
      if (stream.sent === 0 || this.isUnwanted(stream)) continue;
      const writer = new RtcpWriter(this.peer.socket.arena);
      writer.at = this.peer.packetOffset;
      const fraction = (wallClock % 1) * 2 ** 32;
      writer.senderReport(
        stream.ssrc,
        Math.floor(wallClock),
        fraction,
        stream.timestampAt(now),
        stream.sent,
        stream.sentBytes,
      );
      writer.canonicalName(stream.ssrc, this.call.joined.participantId);
      this.peer.sendRtcp(writer.at - this.peer.packetOffset);
    }
  }
}

/** Packets that a sender keeps: half a second of the largest size, and a second of sound. */
const VIDEO_HISTORY = 256;
const SOUND_HISTORY = 50;
/** Milliseconds. */
const REPORT_INTERVAL = 1_000;
const MOST_BACKLOG = 500;
/** Only feedback arrives. */
const RECEIVE_BATCH = 8;
const SOCKET_BUFFER = 1 << 20;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;
