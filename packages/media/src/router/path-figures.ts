import type { ConnectionQuality, QualityLimitation } from '../api/events.js';
import type { Producer } from '../forwarding/producer.js';
import type { ServerFigures } from '../quality/connection-quality.js';
import type { Transport } from '../transport/transport.js';

/** The path of one connected transport. Times are milliseconds, rates bits per second. */
export interface PathFigures {
  transportId: string;
  protocol: 'udp' | 'tcp';
  quality: ConnectionQuality;
  limitation: QualityLimitation;
  /** Unknown without reports. */
  roundTripTime: number | undefined;
  /** The estimate; unknown while nothing limits the path. */
  availableBitrate: number | undefined;
  /**
   * Packets since the last reading: from the peer, before repair; to the peer, by its
   * transport-wide feedback.
   */
  received: PacketFigures;
  sent: PacketFigures;
}

export interface PacketFigures {
  arrived: number;
  lost: number;
}

/**
 * Totals of one connected transport since it opened, for any number of readers. Times are
 * milliseconds, rates bits per second.
 */
export interface PathTotals {
  transportId: string;
  protocol: 'udp' | 'tcp';
  /** Unknown without reports. */
  roundTripTime?: number;
  /** As in `PathFigures`. */
  availableBitrate?: number;
  bytesReceived: number;
  bytesSent: number;
  received: PacketFigures;
  sent: PacketFigures;
  /** Of the whole worker, as in `TransportStats`: in the worst second of the last minute. */
  serverPacketLoss: number;
  serverDelay: number;
}

/** Turns the totals of transports into figures of each interval between two readings. */
export class PathReadings {
  private readonly before = new WeakMap<Transport, { received: PacketFigures; sent: PacketFigures }>();
  /** Of producers that have ended. */
  private readonly ended = new WeakMap<Transport, PacketFigures>();

  /** A producer of the transport ends, and its streams with it. */
  producerEnds(transport: Transport, producer: Producer): void {
    const ended = this.ended.get(transport) ?? { arrived: 0, lost: 0 };
    addStreams(ended, producer);
    this.ended.set(transport, ended);
  }

  /** `server`: the worker's own figures. */
  totals(transport: Transport, { worst, ...server }: ServerFigures): PathTotals {
    const { loss, delay } = worst ?? server;
    const { bytesReceived, bytesSent } = transport;
    const roundTripTime = roundTripTimeOf(transport);
    const { availableOutgoingBitrate } = transport.media.stats();
    return {
      transportId: transport.id,
      protocol: protocolOf(transport),
      ...(roundTripTime !== undefined && { roundTripTime }),
      ...(availableOutgoingBitrate !== undefined && { availableBitrate: availableOutgoingBitrate }),
      ...{ bytesReceived, bytesSent, received: this.receivedBy(transport), sent: sentBy(transport) },
      ...{ serverPacketLoss: loss, serverDelay: delay },
    };
  }

  /** The figures of one transport; reads only. */
  read(transport: Transport, verdict: Pick<PathFigures, 'quality' | 'limitation'>): PathFigures {
    const totals = { received: this.receivedBy(transport), sent: sentBy(transport) };
    const before = this.before.get(transport);
    this.before.set(transport, totals);
    return {
      transportId: transport.id,
      protocol: protocolOf(transport),
      quality: verdict.quality,
      limitation: verdict.limitation,
      roundTripTime: roundTripTimeOf(transport),
      availableBitrate: transport.media.stats().availableOutgoingBitrate,
      received: since(before?.received, totals.received),
      sent: since(before?.sent, totals.sent),
    };
  }

  private receivedBy(transport: Transport): PacketFigures {
    const total = { arrived: 0, lost: 0, ...this.ended.get(transport) };
    for (const producer of transport.producers) addStreams(total, producer);
    // Duplicates count as packets that were not lost (RFC 3550).
    total.lost = Math.max(0, total.lost);
    return total;
  }
}

function addStreams(total: PacketFigures, producer: Producer): void {
  for (const stream of producer.streams) {
    total.arrived += stream?.statistics.packets ?? 0;
    total.lost += stream?.statistics.lost ?? 0;
  }
}

function protocolOf(transport: Transport): 'udp' | 'tcp' {
  return transport.isReliable ? 'tcp' : 'udp';
}

function sentBy({ media }: Transport): PacketFigures {
  return { arrived: media.estimate.packetsAcknowledged, lost: media.estimate.packetsLost };
}

/** The totals of streams that started anew are gone: such an interval counts nothing. */
function since(before: PacketFigures | undefined, now: PacketFigures): PacketFigures {
  const arrived = now.arrived - (before?.arrived ?? 0);
  const lost = now.lost - (before?.lost ?? 0);
  return { arrived: Math.max(0, arrived), lost: Math.max(0, lost) };
}

function roundTripTimeOf({ media, consumers }: Transport): number | undefined {
  let longest = media.estimate.roundTripTime;
  for (const { roundTripTime } of consumers) {
    if (roundTripTime.isKnown) longest = Math.max(longest ?? 0, roundTripTime.milliseconds);
  }
  return longest;
}
