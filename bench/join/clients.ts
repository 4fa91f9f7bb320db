import { publishedParameters } from '@waterbus/load/testing/parameters';
import { PeerSocket } from '@waterbus/load/testing/peer';
import { ONE_SIZE } from '@waterbus/load/testing/streams';
import type { RtpCapabilities } from '@waterbus/protocol';
import { Person } from './person.js';

// The people of one room, in a separate process. Each has a socket and an address of its own.

export type ClientsRequest =
  /** Fills the room. The first `publishers` send sound and a camera, the others only listen. */
  | { type: 'fill'; origin: string; people: number; publishers: number }
  /** So many newcomers join with their media, `atOnce` at the same time. */
  | { type: 'join'; count: number; atOnce: number }
  /** All newcomers leave. */
  | { type: 'leave' };

/** Everybody in the room has received all changes. */
export type ClientsReply = { type: 'filled' } | { type: 'left' } | JoinedReply;

export interface JoinedReply {
  type: 'joined';
  /** Milliseconds from the opening of the socket to the answer, median. */
  answer: number;
  /** Consumers in the answer of the last one. */
  consumers: number;
}

let origin = '';
/** The device of the newcomers receives all that the routers offer. */
let receive: RtpCapabilities = {};
const residents: Person[] = [];
let newcomers: Person[] = [];
let opened = 0;

process.on('message', (request: ClientsRequest) => {
  void answer(request).then((reply: ClientsReply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));

async function answer(request: ClientsRequest): Promise<ClientsReply> {
  switch (request.type) {
    case 'fill':
      origin = request.origin;
      await fill(request.people, request.publishers);
      return { type: 'filled' };
    case 'join':
      return join(request.count, request.atOnce);
    case 'leave':
      await leave();
      return { type: 'left' };
  }
}

async function fill(people: number, publishers: number): Promise<void> {
  for (let n = 0; n < publishers; n += 1) residents.push(await publisher(n));
  await inTurns(people - publishers, AT_ONCE, async () => {
    residents.push(await Person.join(origin, opened++));
  });
  await informed();
}

/**
 * Joins, publishes a microphone and a camera, and stays connected to its media node. It sends no
 * packets: the cost of a join does not depend on them.
 */
async function publisher(index: number): Promise<Person> {
  const person = await Person.join(origin, opened++, { send: true });
  receive = person.joined.rtpCapabilities;
  const transport = person.joined.media?.send?.transport;
  if (!transport) throw new Error('no transport was opened with the join');
  const { peers, socket } = new PeerSocket([transport], { rtp: () => {}, rtcp: () => {} }, { loopback: true });
  await person.ok('transport.connect', {
    transportId: transport.id,
    dtlsParameters: { role: 'client', fingerprints: [socket.fingerprint] },
  });
  await peers[0]!.connected;
  for (const [kind, source] of [
    ['audio', 'microphone'],
    ['video', 'camera'],
  ] as const) {
    const rtpParameters = publishedParameters(ONE_SIZE, kind, index, person.joined.participantId);
    await person.ok('produce', { transportId: transport.id, kind, source, rtpParameters });
  }
  return person;
}

async function join(count: number, atOnce: number): Promise<JoinedReply> {
  const times: number[] = [];
  await inTurns(count, atOnce, async () => {
    const began = performance.now();
    const person = await Person.join(origin, opened++, { send: true, receive });
    times.push(performance.now() - began);
    newcomers.push(person);
    await person.connectReceivers();
  });
  await informed();
  const consumers = newcomers.at(-1)?.joined.media?.receive.flatMap(({ consumers }) => consumers) ?? [];
  return { type: 'joined', answer: times.sort((a, b) => a - b)[times.length >> 1]!, consumers: consumers.length };
}

async function leave(): Promise<void> {
  const leaving = newcomers;
  newcomers = [];
  // A departure is a change of the room, as a join is.
  const version = Math.max(...residents.map((person) => person.version)) + leaving.length;
  // A thousand departures at once would keep the process from answering the server's pings.
  const left = leaving.values();
  await inTurns(leaving.length, AT_ONCE, () => left.next().value!.leave());
  await informed(version);
}

/** Resolves when everybody in the room has received the changes up to this one. */
async function informed(version = 0): Promise<void> {
  const all = [...residents, ...newcomers];
  const last = Math.max(version, ...all.map((person) => person.version));
  await Promise.all(all.map((person) => person.reached(last)));
}

async function inTurns(count: number, atOnce: number, act: () => Promise<void>): Promise<void> {
  let left = count;
  const line = async () => {
    while (left > 0) {
      left -= 1;
      await act();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, line));
}

/** Residents that join at the same time: fast, and below every limit. */
const AT_ONCE = 16;
