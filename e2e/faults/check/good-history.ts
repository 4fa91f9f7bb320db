import type { Home } from '@waterbus/cluster';
import {
  applyRoomChange,
  type LeaveReason,
  type Message,
  type RoomChange,
  type RoomParticipant,
  type RoomSnapshot,
} from '@waterbus/protocol';
import type { ClientEntry, Entry, SupervisorEntry } from '../history.js';

/**
 * Generates the history of a right cluster, for tests of the checker. Participants join, change,
 * lose their socket, resume, miss events, request the room, write, leave, are cut off with their
 * node and return. `random` is uniform in [0, 1).
 */
export function goodHistory(random: () => number, steps = 60): Entry[] {
  const entries: Entry[] = [];
  const write = (entry: ClientEntry | SupervisorEntry) => {
    entries.push({ ...entry, at: entries.length });
  };
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  let room: RoomSnapshot = { roomId: 'room', version: 1000, participants: [] };
  const people: Person[] = [];
  const homes = new Map<string, Home>();
  const messages: Message[] = [];
  let epoch = 0;
  let sockets = 0;
  let unique = 0;

  /** Adds the SDK's events for the current room. */
  const look = ({ client, participantId, shown }: Person, reason: LeaveReason = 'left') => {
    const others = room.participants.flatMap(({ id }) => (id === participantId ? [] : [id]));
    for (const id of shown) {
      if (others.includes(id)) continue;
      shown.delete(id);
      write({ client, type: 'left', participantId: id, reason });
    }
    for (const id of others) {
      if (shown.has(id)) continue;
      shown.add(id);
      write({ client, type: 'joined', participantId: id });
    }
  };
  const apply = (change: RoomChange) => {
    const next = applyRoomChange(room, change);
    if (!next) return;
    room = next;
    for (const person of people) {
      if (person.socket === undefined) continue;
      // Lost on the way to this client: the next event shows the gap.
      if (person.deaf) {
        person.missed = true;
        continue;
      }
      write({
        client: person.client,
        type: 'room',
        socket: person.socket,
        event: { roomId: room.roomId, version: room.version, change },
      });
      if (person.missed) {
        person.missed = false;
        write({ client: person.client, type: 'requested', socket: person.socket, request: 'sync' });
        write({ client: person.client, type: 'snapshot', socket: person.socket, of: 'sync', room });
      }
      look(person, change.type === 'participant.left' ? change.reason : undefined);
    }
  };
  const claim = (participantId: string) => {
    epoch += 1;
    homes.set(participantId, { participantId, nodeId: `ws-${1 + (epoch % 3)}`, epoch });
  };
  const open = (person: Person, request: 'join' | 'resume') => {
    sockets += 1;
    person.socket = undefined;
    const { client, participantId } = person;
    const socket = sockets;
    write({ client, type: 'socket.opened', socket });
    write({ client, type: 'requested', socket, request });
    claim(participantId);
    if (request === 'join') apply({ type: 'participant.joined', participant: newcomer(participantId) });
    else apply({ type: 'participant.updated', participantId, connection: 'connected' });
    write({ client, type: 'snapshot', socket, of: request, participantId, room });
    look(person);
    person.socket = socket;
    person.deaf = false;
    person.missed = false;
  };
  const come = () => {
    unique += 1;
    const person: Person = {
      client: `client-${unique}`,
      participantId: `p${unique}`,
      socket: undefined,
      deaf: false,
      missed: false,
      shown: new Set(),
    };
    people.push(person);
    open(person, 'join');
  };
  /**
   * Cuts a person's node off: the others see the person leave, something happens, and the person
   * returns in the same state. The person misses all events before that return.
   */
  const loseFor = (person: Person, happen: () => void) => {
    const { participantId } = person;
    const participant = room.participants.find(({ id }) => id === participantId);
    if (!participant || people.some(({ deaf, missed }) => deaf || missed)) return;
    write({ type: 'lost', participantIds: [participantId] });
    person.deaf = true;
    homes.delete(participantId);
    apply({ type: 'participant.left', participantId, reason: 'node-lost' });
    happen();
    person.deaf = false;
    claim(participantId);
    apply({ type: 'participant.joined', participant });
  };
  const sendMessage = (person: Person) => {
    unique += 1;
    const { client } = person;
    const clientId = `m${unique}`;
    const text = `text ${unique}`;
    write({ client, type: 'chat.sent', clientId, text });
    const luck = random();
    if (luck < 0.1) return write({ client, type: 'chat.refused', clientId, code: 'permission.denied' });
    const message = messageOf(messages.length + 1, clientId, text);
    if (luck > 0.2) messages.push(message);
    // Some of these messages are stored and some are not.
    if (luck < 0.3) return write({ client, type: 'chat.refused', clientId, code: 'network.unreachable' });
    write({ client, type: 'chat.acknowledged', clientId, message });
    for (const other of people)
      if (other.socket !== undefined) write({ client: other.client, type: 'chat.seen', message });
  };

  const publish = ({ participantId }: Person) =>
    apply(mediaChange(room, participantId, () => `producer-${unique++}`, random));

  come();
  come();
  for (let step = 0; step < steps; step += 1) {
    const person = pick(people);
    const luck = random();
    if (!person || luck < 0.1) come();
    else if (person.socket === undefined) open(person, 'resume');
    else if (luck < 0.2 && people.length > 2) {
      const { client, participantId, socket } = person;
      people.splice(people.indexOf(person), 1);
      homes.delete(participantId);
      write({ client, type: 'ended', socket, reason: 'left' });
      write({ client, type: 'socket.closed', socket });
      apply({ type: 'participant.left', participantId, reason: 'left' });
    } else if (luck < 0.3) {
      write({ client: person.client, type: 'socket.closed', socket: person.socket });
      person.socket = undefined;
      apply({ type: 'participant.updated', participantId: person.participantId, connection: 'reconnecting' });
    } else if (luck < 0.35) person.deaf = !person.deaf;
    else if (luck < 0.6) sendMessage(person);
    else if (luck < 0.65) write({ type: 'homes', homes: [...homes.values()] });
    else if (luck < 0.7) loseFor(person, () => publish(pick(people)!));
    else publish(person);
  }

  for (const person of people) {
    person.deaf = false;
    if (person.socket === undefined) open(person, 'resume');
  }
  for (const person of people) {
    const { client, socket = 0, participantId } = person;
    write({ client, type: 'requested', socket, request: 'sync' });
    write({ client, type: 'snapshot', socket, of: 'sync', room });
    look(person);
    write({ client, type: 'chat.backlog', messages });
    const others = room.participants.filter(({ id }) => id !== participantId);
    const participants = others.map(({ id, connection, producers }) => ({
      id,
      connection,
      sources: producers.map(({ source }) => source),
    }));
    write({ client, type: 'view', participants });
  }
  write({ type: 'homes', homes: [...homes.values()] });
  write({ type: 'final', room, messages, present: people.map(({ participantId }) => participantId) });
  // Copies the entries, so that later changes do not affect them.
  return entries.map((entry) => structuredClone(entry));
}

interface Person {
  client: string;
  participantId: string;
  socket: number | undefined;
  deaf: boolean;
  missed: boolean;
  /** The participants on its page. */
  shown: Set<string>;
}

function newcomer(id: string): RoomParticipant {
  return { id, name: id, role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
}

function mediaChange(room: RoomSnapshot, participantId: string, newId: () => string, random: () => number): RoomChange {
  const own = room.participants.find(({ id }) => id === participantId)?.producers ?? [];
  const [first] = own;
  if (!first)
    return {
      type: 'producer.added',
      participantId,
      producer: { id: newId(), kind: 'audio', source: 'microphone', paused: false, mediaNodeId: 'media-1' },
    };
  if (random() < 0.2) return { type: 'producer.removed', participantId, producerId: first.id };
  return { type: 'producer.updated', participantId, producerId: first.id, paused: !first.paused };
}

function messageOf(seq: number, clientId: string, text: string): Message {
  return {
    id: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
    seq,
    clientId,
    author: { userId: null, participantId: 'p1', name: 'p1', avatarUrl: null },
    text,
    createdAt: '2026-01-01T00:00:00.000Z',
    editedAt: null,
    deletedAt: null,
  };
}
