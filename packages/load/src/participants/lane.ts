import { ExtensionKind, RtcpWriter, RtpHeader, RtpRefusal, TransportWideArrivals } from '@waterbus/media';
import type { RtpParameters, TransportParameters } from '@waterbus/protocol';
import type { RunFigures } from '../figures/run-figures.js';
import { StreamReception } from '../figures/stream-reception.js';
import { ORIGIN } from '../peers/machine-time.js';
import { type Peer, PeerSocket } from '../peers/peer.js';
import { TRANSPORT_WIDE_URI } from '../streams/parameters.js';
import { LAYER_AT, RUN_AT, STAMP_AT, STAMP_BYTES } from '../streams/stamp.js';

/**
 * A receiving transport: it counts and times packets, and reports and repairs as a browser does.
 */
export class Lane {
  readonly receptions: StreamReception[] = [];
  /** Packets of no known stream. */
  unknown = 0;
  private readonly socket: PeerSocket;
  private readonly peer: Peer;
  private readonly media = new Map<number, StreamReception>();
  private readonly repairs = new Map<number, StreamReception>();
  private readonly arrivals = new TransportWideArrivals();
  private readonly header = new RtpHeader();
  /** `ExtensionKind` by extension id, as negotiated. */
  private readonly kinds = new Uint8Array(256);
  private reportAt = 0;
  private feedbackAt = 0;

  constructor(
    readonly transport: TransportParameters,
    private readonly run: number,
    private readonly figures: RunFigures,
  ) {
    this.socket = new PeerSocket(
      [transport],
      { rtp: (_, offset, length, arrivedAt) => this.receive(offset, length, arrivedAt), rtcp: () => {} },
      { batch: RECEIVE_BATCH, buffer: SOCKET_BUFFER },
    );
    this.peer = this.socket.peers[0]!;
  }

  get fingerprint() {
    return this.peer.socket.fingerprint;
  }

  get connected(): Promise<void> {
    return this.peer.connected;
  }

  /** Datagrams that this machine's kernel dropped because the tester did not read in time. */
  get dropped(): number {
    return this.peer.socket.counters().kernelDrops;
  }

  add(kind: 'audio' | 'video', { encodings, headerExtensions = [] }: RtpParameters): StreamReception | undefined {
    const { ssrc, rtx } = encodings?.[0] ?? {};
    if (ssrc === undefined) return undefined;
    for (const { uri, id } of headerExtensions) {
      if (uri === TRANSPORT_WIDE_URI) this.kinds[id] = ExtensionKind.TransportWide;
    }
    const reception = new StreamReception(kind, ssrc | 0);
    this.receptions.push(reception);
    this.media.set(ssrc | 0, reception);
    if (rtx) this.repairs.set(rtx.ssrc | 0, reception);
    return reception;
  }

  /** The stream has ended; its figures stay. */
  remove(reception: StreamReception): void {
    this.media.delete(reception.ssrc);
  }

  /** Sends the feedback that is due; called some times in a feedback interval. */
  tick(now: number): void {
    for (const reception of this.media.values()) this.repair(reception, now);
    if (now >= this.feedbackAt) {
      this.feedbackAt = now + FEEDBACK_INTERVAL;
      for (let left = MOST_FEEDBACKS; left > 0; left -= 1) {
        const writer = this.writer();
        if (!this.arrivals.write(writer, OWN_SSRC, 0, MOST_FEEDBACK_BYTES)) break;
        this.sendRtcp(writer);
      }
    }
    if (now < this.reportAt) return;
    this.reportAt = now + REPORT_INTERVAL;
    this.report();
  }

  close(): void {
    this.socket.close();
  }

  private receive(offset: number, length: number, arrivedAt: number): void {
    const { header, peer } = this;
    const { arena } = peer.socket;
    header.arrivedAt = arrivedAt;
    if (header.parse(arena, offset, length, this.kinds) !== RtpRefusal.None) return;
    const number = header.extensionOffsets[ExtensionKind.TransportWide]!;
    if (number > 0) this.arrivals.arrive((arena[number]! << 8) | arena[number + 1]!, header);
    let reception = this.media.get(header.ssrc);
    const isRetransmission = reception === undefined;
    if (isRetransmission) {
      reception = this.repairs.get(header.ssrc);
      // Padding that probes the path has no original.
      if (reception && !header.restoreOriginal(arena, reception.ssrc, header.payloadType)) return;
    }
    if (!reception) {
      this.unknown += 1;
      return;
    }
    if (!reception.arrive(header, length, isRetransmission)) return;
    this.readStamp(reception);
  }

  private readStamp(reception: StreamReception): void {
    const { header, figures, run } = this;
    const { view } = this.socket;
    const at = header.payloadOffset + STAMP_AT;
    // Other participants of an existing meeting have no stamp.
    if (header.payloadLength < STAMP_AT + STAMP_BYTES || view.getUint32(at + RUN_AT) !== run) return;
    const age = header.arrivedAt - (reception.firstAt ?? header.arrivedAt);
    figures.delayed(reception.kind, header.arrivedAt + ORIGIN - view.getFloat64(at), age);
    if (header.marker || reception.kind === 'audio') {
      const layer = view.getUint8(at + LAYER_AT);
      reception.frames[layer] = (reception.frames[layer] ?? 0) + 1;
    }
  }

  private repair(reception: StreamReception, now: number): void {
    const { missing, ssrc } = reception;
    if (missing.pending > 0) {
      const due = missing.collect(now, NACK_INTERVAL);
      if (due > 0) {
        const writer = this.writer();
        writer.nack(OWN_SSRC, ssrc, missing.due, 0, due, MOST_NACK_ITEMS);
        this.sendRtcp(writer);
      }
    }
    if (!missing.gaveUp) return;
    missing.gaveUp = false;
    if (reception.kind !== 'video') return;
    const writer = this.writer();
    writer.pictureLoss(OWN_SSRC, ssrc);
    this.sendRtcp(writer);
  }

  private report(): void {
    const writer = this.writer();
    writer.beginReceiverReport(OWN_SSRC);
    let blocks = 0;
    for (const { statistics, ssrc } of this.media.values()) {
      if (statistics.highest < 0 || blocks === MOST_BLOCKS) continue;
      blocks += 1;
      writer.reportBlock(
        ssrc,
        statistics.takeFractionLost(),
        statistics.lost,
        statistics.highest - 0x10000,
        statistics.jitter,
        0,
        0,
      );
    }
    writer.endReport();
    this.sendRtcp(writer);
  }

  private writer(): RtcpWriter {
    const writer = new RtcpWriter(this.peer.socket.arena);
    writer.at = this.peer.packetOffset;
    return writer;
  }

  private sendRtcp(writer: RtcpWriter): void {
    this.peer.sendRtcp(writer.at - this.peer.packetOffset);
  }
}

const OWN_SSRC = 1;
/** Milliseconds. */
const FEEDBACK_INTERVAL = 60;
const NACK_INTERVAL = 50;
const REPORT_INTERVAL = 1_000;
const MOST_FEEDBACK_BYTES = 1_000;
const MOST_FEEDBACKS = 16;
const MOST_NACK_ITEMS = 60;
/** RFC 3550 section 6.4.2: five bits. */
const MOST_BLOCKS = 31;
const RECEIVE_BATCH = 16;
const SOCKET_BUFFER = 2 << 20;
