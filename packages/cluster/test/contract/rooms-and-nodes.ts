import type { RoomChange, RoomEvent, RoomParticipant, RoomProducer } from '@waterbus/protocol';
import { expect } from 'vitest';
import type { Cluster, Home, NodeEvent, NodeRecord } from '../../src/cluster.js';

/** Claims the home, joins and returns the home. */
export async function join(cluster: Cluster, participantId: string, nodeId: string): Promise<Home> {
  const home = await cluster.rooms.claimHome('room', participantId, nodeId);
  const joined: RoomChange = { type: 'participant.joined', participant: participant(participantId) };
  expect(await cluster.rooms.apply('room', joined, home)).toMatchObject({ type: 'applied' });
  return home;
}

export async function record(cluster: Cluster, roomId = 'room'): Promise<RoomEvent[]> {
  const events: RoomEvent[] = [];
  await cluster.rooms.watch(roomId, (event) => events.push(event));
  return events;
}

export async function nodeEvents(cluster: Cluster): Promise<NodeEvent[]> {
  const events: NodeEvent[] = [];
  await cluster.nodes.watch((event) => events.push(event));
  return events;
}

export function node(id: string, kind: NodeRecord['kind'] = 'ws'): NodeRecord {
  return { id, kind, draining: false, load: {} };
}

export function participant(id: string): RoomParticipant {
  return { id, name: id.toUpperCase(), role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
}

export function producer(id: string): RoomProducer {
  return { id, kind: 'video', source: 'camera', paused: false, mediaNodeId: 'media-1' };
}
