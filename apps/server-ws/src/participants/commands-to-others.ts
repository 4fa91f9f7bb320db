import { BusError, type Cluster } from '@waterbus/cluster';
import { CodedError, ROOM_COMMAND, type RoomCommand } from '@waterbus/protocol';
import { ask } from '../bus/ask.js';

/**
 * Sends a moderator's command to the home of the participant that it concerns, and resolves when it
 * is done; at once if that participant has left. Follows a home that moves meanwhile. Rejects with
 * `server.unavailable` when no home answers.
 */
export async function commandOther(cluster: Cluster, command: RoomCommand): Promise<void> {
  for (let attempt = 0; attempt < HOMES_FOLLOWED; attempt += 1) {
    const home = await cluster.rooms.home(command.roomId, command.participantId);
    if (!home) return;
    try {
      await ask(cluster.bus, home.nodeId, ROOM_COMMAND, command);
      return;
    } catch (error) {
      const isGone = error instanceof CodedError && error.code === 'participant.not_found';
      if (!isGone && !(error instanceof BusError)) throw error;
    }
  }
  throw new CodedError('server.unavailable', 'the home of a participant does not answer');
}

/** A participant moves rarely, and never twice within a request. */
const HOMES_FOLLOWED = 3;
