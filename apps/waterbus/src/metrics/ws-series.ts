import { capacityOf, type ServerWsFigures } from '@waterbus/server-ws';
import { counter, countersBy, each, gauge, histograms, type Series } from './series.js';
import { workerSeries } from './worker-series.js';

/** The metrics of Server WS and its media workers. */
export const wsSeries: readonly Series<ServerWsFigures>[] = [
  gauge('waterbus_rooms', 'Rooms with participants at home in this process', ({ rooms }) => rooms),
  gauge('waterbus_participants', 'Participants at home in this process', ({ participants }) => participants),
  gauge('waterbus_sockets', 'Open sockets of clients', ({ sockets }) => sockets),
  gauge('waterbus_sockets_joining', 'Sockets that have not joined yet', ({ socketsJoining }) => socketsJoining),
  histograms(
    'waterbus_join_duration_seconds',
    ['kind', 'outcome'],
    'Joins and resumes on Server WS; outcome is ok or the code of the refusal',
    ({ arrivals }) => arrivals,
  ),
  countersBy('waterbus_refusals_total', 'kind', 'Refused sockets, messages, transports and relays', (figures) => {
    return figures.refusals;
  }),
  gauge('waterbus_draining', '1 while the process drains', ({ draining }) => draining),
  countersBy('waterbus_drains_total', 'outcome', 'Ended drains', ({ drains }) => ({
    ...NO_DRAINS,
    ...drains,
  })),
  counter('waterbus_relief_moves_total', 'Publishers asked to leave a busy media worker', ({ reliefMoves }) => {
    return reliefMoves.requested ?? 0;
  }),
  counter('waterbus_relief_failures_total', 'Such publishers that did not move', ({ reliefMoves }) => {
    return reliefMoves.failed ?? 0;
  }),
  gauge('waterbus_turn_allocations', 'Open TURN allocations', ({ turn }) => turn.allocations),
  gauge('waterbus_turn_connections', 'Open connections of TURN clients', ({ turn }) => turn.connections),
  countersBy('waterbus_turn_bytes_total', 'direction', 'Bytes relayed by TURN', ({ turn }) => ({
    from_clients: turn.bytesFromClients,
    to_clients: turn.bytesToClients,
  })),
  gauge(
    'waterbus_http_participants',
    'Participants over HTTP (WHIP, WHEP)',
    ({ httpParticipants }) => httpParticipants,
  ),
  gauge('waterbus_media_workers', 'Running media workers', ({ workers }) => workers.length),
  counter('waterbus_media_workers_lost_total', 'Media workers that crashed or hung', ({ workersLost }) => workersLost),
  gauge('waterbus_worker_load_ratio', 'Load of the busiest media worker; placement calls 0.7 full', (figures) => {
    return capacityOf(figures.workers).highestLoad;
  }),
  gauge('waterbus_media_headroom_ratio', 'Free share of what the media workers may take', (figures) => {
    return capacityOf(figures.workers).headroom;
  }),
  gauge('waterbus_media_used_ratio', 'Used share of what the media workers may take', (figures) => {
    return 1 - capacityOf(figures.workers).headroom;
  }),
  ...each(
    'worker',
    ({ workers }: ServerWsFigures) => workers.map((worker) => [String(worker.place), worker] as const),
    workerSeries,
  ),
];

/** A process drains once: a counter that began with this drain would show no increase. */
const NO_DRAINS: Required<ServerWsFigures['drains']> = { empty: 0, deadline: 0, cancelled: 0 };
