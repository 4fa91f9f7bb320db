import type { Clock, Cluster, NodeEvent, Unsubscribe } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import type { MediaDirectory } from '../media/nodes/media-directory.js';
import type { MediaOwners } from '../media/nodes/media-owners.js';
import { catchUpOnClosings } from '../media/nodes/missed-closings.js';
import type { MediaPipes } from '../media/pipes/media-pipes.js';
import type { Participants } from '../participants/participants.js';
import type { LiveRooms } from '../rooms/live-rooms.js';
import type { RoomRecords } from '../rooms/room-records.js';
import { retryUntil } from '../time/retry-until.js';

/** Handles nodes that start, change or end, and the return of the shared state (R4, R6). */
export class ClusterChanges {
  private readonly unsubscribes: Unsubscribe[] = [];
  private stopped = false;

  constructor(
    private readonly node: {
      nodeId: string;
      cluster: Cluster;
      clock: Clock;
      logger: Logger;
      directory: MediaDirectory;
      owners: MediaOwners;
      pipes: MediaPipes;
      rooms: LiveRooms;
      records: RoomRecords;
      participants: Participants;
    },
  ) {}

  async start(): Promise<void> {
    const { cluster, logger } = this.node;
    const watching = await cluster.nodes.watch((event) => {
      this.nodeChanged(event).catch((error) =>
        logger.warn({ nodeId: event.node.id, error: String(error) }, 'change of a node not handled'),
      );
    });
    this.unsubscribes.push(
      watching,
      cluster.onReset(() => this.stateReturned()),
    );
  }

  stop(): void {
    this.stopped = true;
    for (const unsubscribe of this.unsubscribes) unsubscribe();
  }

  private async nodeChanged(event: NodeEvent): Promise<void> {
    const { nodeId, cluster, clock, logger, directory, records } = this.node;
    if (event.node.id === nodeId) return;
    await directory.nodeChanged(event);
    // On whichever node detects it first; repetition changes nothing (R4).
    if (event.type !== 'down') return;
    const removeNode = async () => records.addLost(await cluster.rooms.removeNode(event.node.id));
    const failed = (error: unknown) => logger.warn({ nodeId: event.node.id, error: String(error) }, 'node not removed');
    await retryUntil(removeNode, { clock, over: () => this.stopped, failed });
  }

  private stateReturned(): void {
    const { rooms, participants } = this.node;
    rooms.stateUncertain();
    participants.reassertion.all();
    void this.closeMissed();
  }

  /** After a second loss all requests are sent again. */
  private async closeMissed(): Promise<void> {
    const { cluster, clock, logger, directory, nodeId, participants, pipes } = this.node;
    const owners: Pick<MediaOwners, 'handle'> = {
      handle: (mediaNodeId, event) => {
        this.node.owners.handle(mediaNodeId, event);
        pipes.handle(mediaNodeId, event);
      },
    };
    const transports = () => [
      ...participants.registry.all().flatMap(({ media }) => [...media.transports.values()]),
      ...pipes.transports(),
    ];
    const failed = (error: unknown) => logger.warn({ error: String(error) }, 'missed closings not read yet');
    const close = () => catchUpOnClosings(transports(), { cluster, directory, owners, nodeId });
    await retryUntil(close, { clock, over: () => this.stopped, failed });
  }
}
