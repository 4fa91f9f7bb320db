import type { ConnectionQuality, QualityLimitation } from '../api/events.js';
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

/** Turns the totals of transports into figures of each interval between two readings. */
export class PathReadings {
  private readonly before = new WeakMap<Transport, { received: PacketFigures; sent: PacketFigures }>();

  /** The figures of one transport; reads only. */
  read(transport: Transport, verdict: Pick<PathFigures, 'quality' | 'limitation'>): PathFigures {
    const totals = { received: receivedBy(transport), sent: sentBy(transport) };
    const before = this.before.get(transport);
    this.before.set(transport, totals);
    return {
      transportId: transport.id,
      protocol: transport.isReliable ? 'tcp' : 'udp',
      quality: verdict.quality,
      limitation: verdict.limitation,
      roundTripTime: roundTripTimeOf(transport),
      availableBitrate: transport.media.stats().availableOutgoingBitrate,
      received: since(before?.received, totals.received),
      sent: since(before?.sent, totals.sent),
    };
  }
}

function receivedBy(transport: Transport): PacketFigures {
  let arrived = 0;
  let lost = 0;
  for (const producer of transport.producers) {
    for (const stream of producer.streams) {
      arrived += stream?.statistics.packets ?? 0;
      lost += stream?.statistics.lost ?? 0;
    }
  }
  return { arrived, lost };
}

function sentBy({ media }: Transport): PacketFigures {
  return { arrived: media.estimate.packetsAcknowledged, lost: media.estimate.packetsLost };
}

/** The totals of streams that ended are gone: such an interval counts nothing. */
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
