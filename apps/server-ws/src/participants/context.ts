import type { Clock, Cluster } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import type { Tracer } from '@waterbus/telemetry';
import type { Limits } from '../limits.js';
import type { MediaDirectory } from '../media/nodes/media-directory.js';
import type { MediaOwners } from '../media/nodes/media-owners.js';
import type { RouterCapabilities } from '../media/nodes/router-capabilities.js';
import type { SilentOwners } from '../media/nodes/silent-owners.js';
import type { ParticipantMedia } from '../media/participant/participant-media.js';
import type { LiveRooms } from '../rooms/live-rooms.js';
import type { RoomRecords } from '../rooms/room-records.js';
import type { Arrivals } from './arrivals.js';
import type { Tokens } from './tokens.js';

/** Is called when a participant leaves, before its media close. */
export interface LeavingObserver {
  leaves(participant: { participantId: string; roomId: string; media: ParticipantMedia }): void;
}

/** The parts of a node that its participants use. */
export interface ParticipantsContext {
  nodeId: string;
  cluster: Cluster;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  logger: Logger;
  limits: Limits;
  /** Milliseconds that a participant without a socket stays in the room. */
  graceTime: number;
  tokens: Tokens;
  directory: MediaDirectory;
  owners: MediaOwners;
  capabilities: RouterCapabilities;
  silentOwners: SilentOwners;
  rooms: LiveRooms;
  records: RoomRecords;
  arrivals: Arrivals;
  quality: LeavingObserver;
  tracer: Tracer;
}
