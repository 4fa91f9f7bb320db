import type { Ban, Meeting, Member, Message, StreamKey, WaitingParticipant } from '@waterbus/client';

/**
 * A conversation with all kinds of content: long words, lines, links, edits, deletions, another
 * day.
 */
export function paintedMessages(): Message[] {
  const ben = { userId: null, participantId: 'person-0', name: 'Ben Okafor', avatarUrl: null };
  const mina = {
    userId: null,
    participantId: 'person-2',
    name: 'Wilhelmina Featherstonehaugh-Cholmondeley',
    avatarUrl: null,
  };
  const self = { userId: null, participantId: 'self', name: 'Ada Lovelace', avatarUrl: null };
  const written: [Message['author'], string, number, Partial<Message>?][] = [
    [ben, 'The drawings of the north quay are in the folder now.', 26 * 60],
    [ben, 'https://example.org/harbour/drawings/2030/north-quay?revision=14&view=section-b', 26 * 60 - 1],
    [self, 'Thank you!\nI will look at:\n  1. the crane\n  2. the ramp', 40],
    [mina, 'Is the ramp still at 6 %?', 32],
    [ben, '', 31, { deletedAt: '2030-01-01T00:00:00.000Z' }],
    [
      ben,
      'Yes, and it is wide enough for two buses (https://example.org/ramp).',
      30,
      { editedAt: '2030-01-01T00:00:00.000Z' },
    ],
    [mina, `Donaudampfschifffahrts${'elektrizitäten'.repeat(3)}hauptbetriebswerk`, 12],
    [self, 'Then it is settled <b>for now</b>.', 3],
    [self, 'Next: the lights.', 2],
  ];
  return written
    .map(([author, text, minutesAgo, more], index) => ({
      id: `message-${index + 1}`,
      seq: index + 1,
      clientId: `client-${index + 1}`,
      author,
      text,
      createdAt: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
      editedAt: null,
      deletedAt: null,
      ...more,
    }))
    .reverse();
}

export function paintedWaiting(count: number): WaitingParticipant[] {
  return ['Noor Haddad', 'Somebody with quite a long name'].slice(0, count).map((name) => ({
    id: name,
    name,
    userId: null,
    since: new Date().toISOString(),
  }));
}

export function paintedMeeting(): Meeting {
  return {
    code: 'abc-defg-hjk',
    title: 'Design review of the new harbour',
    passwordRequired: true,
    locked: false,
    waitingRoom: true,
    settings: {
      access: 'anyone',
      publish: 'everyone',
      shareScreen: 'members',
      chat: 'everyone',
      loudest: 8,
      videoCodec: 'auto',
    },
    scheduledStart: null,
    archivedAt: null,
    createdAt: new Date(0).toISOString(),
  };
}

export function paintedStreamKeys(): StreamKey[] {
  const createdAt = '2026-11-20T09:00:00Z';
  const expiresAt = '2026-12-20T09:00:00Z';
  return [
    {
      id: '1',
      name: 'Stage',
      use: 'publish',
      source: 'camera',
      createdAt,
      expiresAt,
      lastUsedAt: '2026-11-28T18:30:00Z',
    },
    { id: '2', name: 'Foyer', use: 'watch', source: null, createdAt, expiresAt, lastUsedAt: null },
  ];
}

export function paintedMembers(): Member[] {
  const createdAt = new Date(0).toISOString();
  const user = (name: string) => ({ id: name, name, avatarUrl: null });
  return [
    { id: '1', user: user('Ada Lovelace'), email: null, role: 'host', state: 'joined', createdAt },
    { id: '2', user: user('Ben Okafor'), email: null, role: 'moderator', state: 'joined', createdAt },
    { id: '3', user: null, email: 'wilhelmina@example.org', role: 'member', state: 'invited', createdAt },
  ];
}

export function paintedBans(): Ban[] {
  return [{ id: '1', userId: null, name: 'Eve', reason: null, createdAt: '2026-11-20T09:00:00Z' }];
}
