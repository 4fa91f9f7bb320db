import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../history.js';
import { seededRandom } from '../seeded-random.js';
import { checkHistory } from './check-history.js';
import { goodHistory } from './good-history.js';

/** Breaks a right history; returns undefined when it offers nothing to break. */
type Mutation = (history: Entry[], pick: <T>(from: T[]) => T) => Entry[] | undefined;

type Of<T extends Entry['type']> = Extract<Entry, { type: T }>;

function all<T extends Entry['type']>(
  history: Entry[],
  type: T,
  which: (entry: Of<T>) => boolean = () => true,
): Of<T>[] {
  return history.filter((entry): entry is Of<T> => entry.type === type && which(entry as Of<T>));
}

const without = (history: Entry[], entry: Entry) => history.filter((one) => one !== entry);
const change = <T extends Entry>(history: Entry[], entry: T, into: (entry: T) => void) => {
  into(entry);
  return history;
};

/**
 * Room events whose client had the version before, so that its copy can be checked against them.
 * Events outside such a sequence cannot be checked.
 */
function applied(history: Entry[]): Of<'room'>[] {
  const versions = new Map<string, number | undefined>();
  return history.filter((entry): entry is Of<'room'> => {
    if (entry.type !== 'snapshot' && entry.type !== 'room') return false;
    const at = versions.get(entry.client);
    if (entry.type === 'snapshot') {
      const old = entry.of === 'sync' && at !== undefined && at > entry.room.version;
      if (!old) versions.set(entry.client, entry.room.version);
      return false;
    }
    const { version } = entry.event;
    if (at === undefined || version <= at) return false;
    versions.set(entry.client, version === at + 1 ? version : undefined);
    return version === at + 1;
  });
}

/** Room events with a successor on the same socket, which shows a client that it missed them. */
function followed(history: Entry[]): Of<'room'>[] {
  return all(history, 'room', (entry) => {
    const later = history.slice(history.indexOf(entry) + 1);
    const next = later.find(
      (one) =>
        'client' in one &&
        one.client === entry.client &&
        ['room', 'snapshot', 'requested', 'socket.closed', 'ended'].includes(one.type),
    );
    return next?.type === 'room' && next.socket === entry.socket && next.event.version === entry.event.version + 1;
  });
}

/**
 * Messages that the server must return to a client afterwards; a guest may get none from before its
 * join.
 */
function sentSinceItCame(history: Entry[], client: string): string[] {
  const joins = (entry: Entry) => entry.type === 'snapshot' && entry.client === client && entry.of === 'join';
  const came = history.findLastIndex(joins);
  return history.slice(came).flatMap((entry) => (entry.type === 'chat.sent' ? [entry.clientId] : []));
}

/** A participant that stayed did not receive one join or leave. */
function missing(type: 'joined' | 'left'): Mutation {
  return (history, pick) => {
    const stayed = all(history, 'view').map(({ client }) => client);
    const received = all(history, type, ({ client }) => stayed.includes(client));
    return received.length === 0 ? undefined : without(history, pick(received));
  };
}

const mutations: Record<string, { rule: string; mutate: Mutation }> = {
  'a missed event after which nobody requested the room': {
    rule: 'R1',
    mutate: (history, pick) => {
      const events = followed(history);
      if (events.length === 0) return undefined;
      const lost = pick(events);
      // Removes the client's later entries that would repair the gap.
      const after = history.indexOf(lost);
      return history.filter(
        (entry, index) =>
          entry !== lost &&
          !(
            index > after &&
            'client' in entry &&
            entry.client === lost.client &&
            ['requested', 'snapshot', 'socket.closed', 'ended'].includes(entry.type)
          ),
      );
    },
  },
  'an event received twice on one socket': {
    rule: 'R2',
    mutate: (history, pick) => {
      const events = all(history, 'room');
      if (events.length === 0) return undefined;
      const twice = pick(events);
      return history.toSpliced(history.indexOf(twice) + 1, 0, twice);
    },
  },
  'two events in the wrong order': {
    rule: 'R2',
    mutate: (history, pick) => {
      const events = followed(history);
      if (events.length === 0) return undefined;
      const first = pick(events);
      const index = history.indexOf(first);
      const next = history.findIndex((one, at) => at > index && one.type === 'room' && one.client === first.client);
      return history.with(index, history[next]!).with(next, first);
    },
  },
  'a client that received another change than the others': {
    rule: 'R2',
    mutate: (history, pick) => {
      const seen = all(history, 'room');
      const shared = seen.filter((one) =>
        seen.some((other) => other !== one && other.event.version === one.event.version),
      );
      if (shared.length === 0) return undefined;
      return change(history, pick(shared), (entry) => {
        entry.event.change = { type: 'participant.left', participantId: 'p1', reason: 'kicked' };
      });
    },
  },
  'a version spent on what was known': {
    rule: 'R2',
    mutate: (history, pick) => {
      const events = applied(history).filter(({ event }) => event.change.type === 'producer.updated');
      if (events.length === 0) return undefined;
      const { version } = pick(events).event;
      for (const { event } of all(history, 'room', (entry) => entry.event.version === version)) {
        if (event.change.type === 'producer.updated') event.change.paused = !event.change.paused;
      }
      return history;
    },
  },
  'a snapshot that is not the sum of the changes': {
    rule: 'R2',
    mutate: (history, pick) => {
      const snapshots = all(history, 'snapshot');
      // A difference shows only in a snapshot that another client has too.
      const shared = snapshots.filter((one) =>
        snapshots.some((other) => other !== one && other.room.version === one.room.version),
      );
      return change(history, pick(shared), ({ room }) => {
        room.participants.reverse();
        if (room.participants.length < 2) room.participants.pop();
      });
    },
  },
  'two nodes by one epoch': {
    rule: 'R3',
    mutate: (history, pick) => {
      const last = all(history, 'homes').at(-1);
      if (!last || last.homes.length === 0) return undefined;
      const { participantId, epoch } = pick(last.homes);
      const again: Entry = {
        type: 'homes',
        at: 0,
        homes: last.homes.map((home) =>
          home.participantId === participantId ? { participantId, epoch, nodeId: 'ws-9' } : home,
        ),
      };
      return [...history, again];
    },
  },
  'an epoch that came back': {
    rule: 'R3',
    mutate: (history, pick) => {
      const last = all(history, 'homes').at(-1);
      if (!last || last.homes.length === 0) return undefined;
      const fallen = pick(last.homes);
      return [
        ...history,
        { ...last, homes: last.homes.map((home) => (home === fallen ? { ...home, epoch: home.epoch - 1 } : home)) },
      ];
    },
  },
  'a home of somebody who is gone': {
    rule: 'R3',
    mutate: (history) =>
      change(
        history,
        all(history, 'homes').at(-1)!,
        ({ homes }) => void homes.push({ participantId: 'gone', nodeId: 'ws-1', epoch: 9 }),
      ),
  },
  'an acknowledged message that is not in the database': {
    rule: 'R5',
    mutate: (history, pick) => {
      const acknowledged = all(history, 'chat.acknowledged');
      if (acknowledged.length === 0) return undefined;
      const { clientId } = pick(acknowledged);
      return change(history, all(history, 'final')[0]!, (final) => {
        final.messages = final.messages
          .filter((message) => message.clientId !== clientId)
          .map((message, index) => ({ ...message, seq: index + 1 }));
      });
    },
  },
  'a message that is in the database twice': {
    rule: 'R5',
    mutate: (history, pick) => {
      const [final] = all(history, 'final');
      if (!final || final.messages.length === 0) return undefined;
      const twice = pick(final.messages);
      return change(
        history,
        final,
        ({ messages }) => void messages.push({ ...twice, id: 'another', seq: messages.length + 1 }),
      );
    },
  },
  'a message stored though it was refused': {
    rule: 'R5',
    mutate: (history, pick) => {
      const acknowledged = all(history, 'chat.acknowledged');
      if (acknowledged.length === 0) return undefined;
      const { client, clientId, at } = pick(acknowledged);
      const index = history.findIndex((entry) => entry.type === 'chat.acknowledged' && entry.clientId === clientId);
      return history.with(index, { client, at, type: 'chat.refused', clientId, code: 'permission.denied' });
    },
  },
  'a message that was shown and is not in the database': {
    rule: 'R5',
    mutate: (history, pick) => {
      const seen = all(history, 'chat.seen');
      if (seen.length === 0) return undefined;
      return change(history, pick(seen), (entry) => {
        entry.message.clientId = 'nobody';
      });
    },
  },
  'a backlog without one message': {
    rule: 'R5',
    mutate: (history, pick) => {
      const promised = all(history, 'chat.backlog').flatMap(({ client, messages }) =>
        sentSinceItCame(history, client).flatMap((clientId) => {
          const index = messages.findIndex((message) => message.clientId === clientId);
          return index < 0 ? [] : [{ messages, index }];
        }),
      );
      if (promised.length === 0) return undefined;
      const { messages, index } = pick(promised);
      messages.splice(index, 1);
      return history;
    },
  },
  'a ghost in the room': {
    rule: 'R4',
    mutate: (history, pick) =>
      change(history, all(history, 'final')[0]!, (final) => {
        final.present = final.present.toSpliced(final.present.indexOf(pick(final.present)), 1);
      }),
  },
  'a ghost on one screen': {
    rule: 'R4',
    mutate: (history, pick) =>
      change(
        history,
        pick(all(history, 'view')),
        ({ participants }) => void participants.push({ id: 'ghost', connection: 'connected', sources: [] }),
      ),
  },
  'somebody missing on one screen': {
    rule: 'R2',
    mutate: (history, pick) => {
      const views = all(history, 'view', ({ participants }) => participants.length > 0);
      return change(
        history,
        pick(views),
        ({ participants }) => void participants.splice(participants.indexOf(pick(participants)), 1),
      );
    },
  },
  'a stream missing on one screen': {
    rule: 'R2',
    mutate: (history, pick) => {
      const shown = all(history, 'view').flatMap(({ participants }) =>
        participants.filter(({ sources }) => sources.length > 0),
      );
      if (shown.length === 0) return undefined;
      pick(shown).sources.pop();
      return history;
    },
  },
  'no report of what one screen showed': {
    rule: 'R2',
    mutate: (history, pick) => without(history, pick(all(history, 'view'))),
  },
  'somebody shown as having left for a moment who stayed': {
    rule: 'R2',
    mutate: (history, pick) => {
      const { client, participants } = pick(all(history, 'view', (view) => view.participants.length > 0));
      const participantId = pick(participants).id;
      return [
        ...history,
        { client, at: 0, type: 'left', participantId, reason: 'connection-lost' },
        { client, at: 0, type: 'joined', participantId },
      ];
    },
  },
  'somebody shown as having left twice': {
    rule: 'R2',
    mutate: (history, pick) => {
      const left = all(history, 'left');
      if (left.length === 0) return undefined;
      const twice = pick(left);
      return history.toSpliced(history.indexOf(twice) + 1, 0, twice);
    },
  },
  'somebody shown as having left with a node that was not lost': {
    rule: 'R2',
    mutate: (history, pick) => {
      const lost = all(history, 'lost', ({ participantIds: [id] }) =>
        all(history, 'left').some(({ participantId, reason }) => participantId === id && reason === 'node-lost'),
      );
      if (lost.length === 0) return undefined;
      const [id] = pick(lost).participantIds;
      return history.filter((entry) => entry.type !== 'lost' || entry.participantIds[0] !== id);
    },
  },
  'somebody shown as having come twice': {
    rule: 'R2',
    mutate: (history, pick) => {
      const twice = pick(all(history, 'joined'));
      return history.toSpliced(history.indexOf(twice) + 1, 0, twice);
    },
  },
  'somebody who came back after leaving': {
    rule: 'R2',
    mutate: (history, pick) => {
      const left = all(history, 'left', ({ reason }) => reason === 'left');
      if (left.length === 0) return undefined;
      const { client, participantId, at } = pick(left);
      return [...history, { client, at, type: 'joined', participantId }];
    },
  },
  'a participant shown without its joining': { rule: 'R2', mutate: missing('joined') },
  'a participant shown after its leaving': { rule: 'R2', mutate: missing('left') },
  'no ending': { rule: 'R2', mutate: (history) => without(history, all(history, 'final')[0]!) },
};

describe('the checker', () => {
  it('finds nothing in the history of a right cluster', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(checkHistory(goodHistory(seededRandom('good', seed)))).toEqual([]);
      }),
    );
  });

  it.each(Object.entries(mutations))('finds %s', (_, { rule, mutate }) => {
    let found = 0;
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, choice) => {
        const random = seededRandom('mutate', choice);
        const pick = <T>(from: T[]): T => from[Math.floor(random() * from.length)]!;
        const mutated = mutate(goodHistory(seededRandom('good', seed)), pick);
        fc.pre(mutated !== undefined);
        found += 1;
        expect(checkHistory(mutated!).map((broken) => broken.rule)).toContain(rule);
      }),
    );
    expect(found).toBeGreaterThan(50);
  });

  it('finds something in an empty history', () => {
    expect(checkHistory([])).not.toEqual([]);
  });
});
