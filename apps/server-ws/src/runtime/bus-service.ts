import type { Clock, Cluster } from '@waterbus/cluster';
import { CONNECTIVITY_REQUEST, NODE_DRAIN, ROOM_COMMAND } from '@waterbus/protocol';
import { type BusHandlers, serveBus } from '../bus/serve.js';
import { mediaHandlers } from '../media/nodes/media-calls.js';
import type { MediaDirectory } from '../media/nodes/media-directory.js';
import type { MediaOwners } from '../media/nodes/media-owners.js';
import type { RequestedDrain } from '../moving/requested-drain.js';
import type { OutsideTests } from '../outside-tests/outside-tests.js';
import type { Participants } from '../participants/participants.js';
import type { Refusals } from '../refusals.js';
import type { IceServers } from '../turn/ice-servers.js';
import type { Whep } from '../whep/whep.js';
import type { HttpSessions } from '../whip/http-sessions.js';
import type { Whip } from '../whip/whip.js';
import { connectivityFor } from './connectivity.js';

/** Answers the requests of other nodes to this one. */
export class BusService {
  private unsubscribe = () => {};

  constructor(
    private readonly node: {
      nodeId: string;
      cluster: Cluster;
      clock: Clock;
      directory: MediaDirectory;
      owners: MediaOwners;
      participants: Participants;
      refusals: Refusals;
      overHttp: { sessions: HttpSessions; whip: Whip; whep: Whep };
      outsideTests: OutsideTests;
      requestedDrain: RequestedDrain;
      iceServers: IceServers;
    },
  ) {}

  async start(): Promise<void> {
    const { cluster, nodeId, refusals } = this.node;
    this.unsubscribe = await serveBus(cluster.bus, nodeId, this.handlers(), refusals);
  }

  stop(): void {
    this.unsubscribe();
  }

  /** One for each method of the contract; the table does not compile without all of them. */
  private handlers(): BusHandlers {
    const { directory, owners, participants, clock, overHttp, outsideTests, iceServers, requestedDrain } = this.node;
    const { sessions, whip, whep } = overHttp;
    const { commands, handovers, succession, registry } = participants;
    return {
      ...mediaHandlers(directory),
      'whip.publish': (body) => whip.publish(body),
      'whep.watch': (body) => whep.watch(body),
      'whip.patch': (body) => sessions.patch(body),
      'whip.close': (body) => sessions.close(body),
      ...outsideTests.handlers,
      [ROOM_COMMAND]: async (command) => {
        await commands.execute(command);
        return null;
      },
      [CONNECTIVITY_REQUEST]: async (body) => connectivityFor(body, directory.localNodes(), iceServers),
      [NODE_DRAIN]: async (body) => {
        await requestedDrain.request(body);
        return null;
      },
      'session.release': (body) => handovers.release(body),
      'session.succeeded': async (body) => {
        await succession.succeeded(body);
        return null;
      },
      'session.pinned': async ({ roomId, participantId }) => ({
        pinned: registry.present(roomId, participantId)?.pinned ?? null,
      }),
      'relief.move': async ({ transportId }) => {
        owners.leave(transportId, clock.now());
        return null;
      },
    };
  }
}
