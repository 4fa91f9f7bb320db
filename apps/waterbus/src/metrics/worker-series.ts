import type { WorkerFigures } from '@waterbus/media-host';
import type { WorkerReport } from '@waterbus/server-ws';
import type { Distribution } from '@waterbus/telemetry';
import { counter, countersBy, gauge, gaugesBy, histogram, histograms, type Series } from './series.js';

type Io = WorkerFigures['io'];

/** The metrics of one media worker. */
export const workerSeries: readonly Series<WorkerReport>[] = [
  gauge('waterbus_media_cpu_ratio', 'Share of one core that the worker used in the last second', (worker) => {
    return worker.load.cpu;
  }),
  counter('waterbus_media_cpu_seconds_total', 'Processor time of the worker', ({ figures }) => figures?.cpuSeconds),
  gauge('waterbus_media_transports', 'Open transports', ({ load }) => load.transports),
  gauge('waterbus_media_producers', 'Published streams', ({ load }) => load.producers),
  gauge('waterbus_media_consumers', 'Forwarded streams', ({ load }) => load.consumers),
  gaugesBy('waterbus_media_connections', 'protocol', 'Connected transports', ({ figures }) => ({
    ...figures?.connections,
  })),
  gaugesBy('waterbus_media_connections_by_quality', 'quality', 'Connected transports by quality', ({ figures }) => ({
    ...figures?.qualities,
  })),
  io('waterbus_media_received_packets_total', 'Datagrams received', (io) => io.receivedDatagrams),
  io('waterbus_media_received_bytes_total', 'Bytes received', (io) => io.receivedBytes),
  io('waterbus_media_sent_packets_total', 'Datagrams sent', (io) => io.sentDatagrams),
  io('waterbus_media_sent_bytes_total', 'Bytes sent', (io) => io.sentBytes),
  io('waterbus_media_receive_calls_total', 'System calls that read', (io) => io.receiveCalls),
  io('waterbus_media_send_calls_total', 'System calls that sent', (io) => io.sendCalls),
  io('waterbus_media_gso_runs_total', 'Runs that left as one GSO message', (io) => io.gsoRuns),
  io('waterbus_media_gso_packets_total', 'Datagrams in these runs', (io) => io.gsoDatagrams),
  io('waterbus_media_gso_fallbacks_total', 'Runs that the kernel refused as GSO', (io) => io.gsoFallbacks),
  io('waterbus_media_padding_bytes_total', 'Padding that made packets of runs equal', (io) => io.paddingBytes),
  io('waterbus_media_kernel_dropped_packets_total', 'Datagrams that the kernel dropped unread', (io) => io.kernelDrops),
  countersBy('waterbus_media_dropped_packets_total', 'cause', 'Datagrams that the worker dropped', ({ figures }) =>
    figures ? dropsOf(figures.io) : {},
  ),
  io('waterbus_media_send_errors_total', 'Errors of sending other than a full buffer', (io) => io.sendErrors),
  countersBy('waterbus_media_dtls_handshakes_total', 'outcome', 'DTLS handshakes', ({ figures }) =>
    figures ? { ok: figures.io.dtlsHandshakes, failed: figures.io.dtlsFailures } : {},
  ),
  gauge('waterbus_media_queued_packets', 'Datagrams that wait for the socket', ({ figures }) => {
    return figures?.io.queuedDatagrams;
  }),
  gauge('waterbus_media_tcp_connections', 'Open connections of ICE-TCP', ({ figures }) => figures?.io.tcpConnections),
  countersBy('waterbus_media_lost_packets_total', 'direction', 'Media packets lost on the network', ({ figures }) =>
    figures ? { received: figures.receivedLost, sent: figures.sentLost } : {},
  ),
  histograms('waterbus_media_loss_ratio', ['direction'], 'Loss of a connection in some seconds', ({ figures }) =>
    figures ? [direction('received', figures.receivedLoss), direction('sent', figures.sentLoss)] : [],
  ),
  histogram('waterbus_media_round_trip_seconds', 'Round trip of a connection', ({ figures }) => figures?.roundTripTime),
  histogram(
    'waterbus_media_estimate_bytes_per_second',
    'Estimated bandwidth of a connection to its receiver',
    ({ figures }) => figures?.availableBandwidth,
  ),
  histogram(
    'waterbus_media_forwarding_delay_seconds',
    'From the arrival of a packet in the kernel until its copies are sent',
    ({ figures }) => figures?.forwardingDelay,
  ),
  histogram(
    'waterbus_media_event_loop_delay_seconds',
    'Delay of the timers of a worker',
    ({ figures }) => figures?.eventLoopDelay,
  ),
  gauge('waterbus_media_pipes', 'Open pipes from other media nodes', ({ figures }) => figures?.pipes.open),
  countersBy('waterbus_media_pipe_packets_total', 'direction', 'Packets carried by these pipes', ({ figures }) =>
    figures ? { received: figures.pipes.received.packets, sent: figures.pipes.sent.packets } : {},
  ),
  countersBy('waterbus_media_pipe_bytes_total', 'direction', 'Bytes carried by these pipes', ({ figures }) =>
    figures ? { received: figures.pipes.received.bytes, sent: figures.pipes.sent.bytes } : {},
  ),
  counter('waterbus_media_pipe_lost_packets_total', 'Media packets lost from the other media nodes', ({ figures }) => {
    return figures?.pipes.lost;
  }),
  counter('waterbus_media_pipe_failures_total', 'Pipes with a media node that did not answer', ({ figures }) => {
    return figures?.pipes.failures;
  }),
  counter('waterbus_media_faults_total', 'Broken invariants; each ended one transport', ({ figures }) => {
    return figures?.faults;
  }),
];

/** Datagrams by the cause of their drop; none counts twice. */
export function dropsOf(io: Io): Record<string, number> {
  const tcp = io.tcpDroppedControl + io.tcpDroppedAudio + io.tcpDroppedVideo;
  return {
    queue_full: io.droppedQueueFull - io.droppedTooOld,
    too_old: io.droppedTooOld,
    no_session: io.droppedNoSession,
    unclassified: io.droppedUnclassified,
    unknown_address: io.droppedUnknownAddress,
    authentication: io.droppedAuthentication,
    replay: io.droppedReplay,
    dtls: io.droppedDtls,
    stun_budget: io.droppedStun,
    media_budget: io.droppedOverBudget,
    too_many_streams: io.droppedTooManyStreams,
    tcp_queue_full: tcp - io.tcpDroppedTooOld,
    tcp_too_old: io.tcpDroppedTooOld,
  };
}

function io(name: string, help: string, read: (io: Io) => number): Series<WorkerReport> {
  return counter(name, help, ({ figures }) => figures && read(figures.io));
}

function direction(direction: string, distribution: Distribution) {
  return { labels: { direction }, distribution };
}
