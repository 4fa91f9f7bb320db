import { isDeepStrictEqual } from 'node:util';
import type { RoomSnapshot } from '@waterbus/protocol';
import type { Entry } from '../history.js';
import type { BrokenRule } from './broken-rule.js';

/**
 * The end of the run: the room holds exactly the participants that stayed, every page shows them,
 * and the events on the wire add up to it.
 */
export function checkEnding(entries: readonly Entry[]): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const finals = entries.filter((entry) => entry.type === 'final');
  if (finals.length === 0) broken.push({ rule: 'R2', what: 'nobody wrote down how it ended' });
  const stayed = new Set(finals.flatMap(({ present }) => present));
  const clients = new Map<string, Client>();
  for (const entry of entries) {
    if (!('client' in entry)) continue;
    const client = clients.get(entry.client) ?? {};
    clients.set(entry.client, client);
    if (entry.type === 'snapshot') {
      client.participantId = entry.participantId ?? client.participantId;
      client.roomId = entry.room.roomId;
      client.snapshot = entry.room;
    } else if (entry.type === 'view') {
      client.view = entry.participants;
    }
  }
  for (const final of finals) broken.push(...checkOne(final, clients));
  broken.push(...checkLastHomes(entries, stayed));
  return broken;
}

interface Client {
  participantId?: string;
  roomId?: string;
  snapshot?: RoomSnapshot;
  view?: Extract<Entry, { type: 'view' }>['participants'];
}

function checkOne({ room, present }: Extract<Entry, { type: 'final' }>, clients: Map<string, Client>): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const inRoom = room?.participants ?? [];
  for (const { id, connection } of inRoom) {
    if (!present.includes(id)) broken.push({ rule: 'R4', what: `${id} is gone and still in the room` });
    else if (connection !== 'connected') broken.push({ rule: 'R2', what: `${id} is there and shown as ${connection}` });
  }
  for (const id of present)
    if (!inRoom.some((participant) => participant.id === id))
      broken.push({ rule: 'R2', what: `${id} stayed and is not in the room` });
  for (const [name, { participantId, view, snapshot }] of clients) {
    if (!participantId || !present.includes(participantId)) continue;
    const expected = inRoom
      .filter(({ id }) => id !== participantId)
      .map(({ id, connection, producers }) =>
        shown(
          id,
          connection,
          producers.map(({ source }) => source),
        ),
      );
    const given = view?.map(({ id, connection, sources }) => shown(id, connection, sources));
    if (!given) broken.push({ rule: 'R2', what: `${name} stayed and wrote down no view` });
    else broken.push(...differences(name, expected, given));
    if (snapshot && room && snapshot.version === room.version && !isDeepStrictEqual(snapshot, room))
      broken.push({ rule: 'R2', what: `${name} was given another room at the end: ${JSON.stringify(snapshot)}` });
  }
  return broken;
}

function differences(name: string, expected: string[], given: string[]): BrokenRule[] {
  const ghosts = given.filter((one) => !expected.includes(one));
  const missing = expected.filter((one) => !given.includes(one));
  return [
    ...ghosts.map((one): BrokenRule => ({ rule: 'R4', what: `${name} shows ${one} at the end, the room does not` })),
    ...missing.map((one): BrokenRule => ({ rule: 'R2', what: `${name} does not show ${one} at the end` })),
    ...(new Set(given).size < given.length ? [{ rule: 'R2' as const, what: `${name} shows somebody twice` }] : []),
  ];
}

/** The last recorded homes, if any, are those of the participants that stayed. */
function checkLastHomes(entries: readonly Entry[], stayed: Set<string>): BrokenRule[] {
  const homes = entries.findLast((entry) => entry.type === 'homes')?.homes;
  if (!homes) return [];
  const have = new Set(homes.map(({ participantId }) => participantId));
  const report = (what: string): BrokenRule => ({ rule: 'R3', what });
  return [
    ...[...stayed].filter((id) => !have.has(id)).map((id) => report(`${id} stayed and has no home`)),
    ...[...have].filter((id) => !stayed.has(id)).map((id) => report(`${id} is gone and has a home`)),
  ];
}

function shown(id: string, connection: string, sources: readonly string[]): string {
  return `${id} (${connection}; ${[...new Set(sources)].sort().join(', ')})`;
}
