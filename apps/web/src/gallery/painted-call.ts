import {
  type Call,
  type ConnectionQuality,
  type MediaPath,
  type RemoteParticipant,
  type RemotePublication,
  WaterbusError,
} from '@waterbus/client';
import {
  paintedBans,
  paintedMeeting,
  paintedMembers,
  paintedMessages,
  paintedStreamKeys,
  paintedWaiting,
} from './painted-meeting.js';
import { paintedPicture } from './painted-picture.js';

/**
 * A call without events, with `others` people: every third has no camera and every fourth is muted.
 */
export function paintedCall(options: {
  others: number;
  screen: boolean;
  reconnecting: boolean;
  waiting: number;
  observers: number;
  /** Some pictures are paused, some connections are poor. */
  trouble: boolean;
  /** Every third person raises a hand; the last one raised it first. */
  hands: boolean;
  /** Id of the participant in the spotlight. */
  spotlight: string | undefined;
  /** Media do not get through. */
  lost: boolean;
  path: MediaPath | undefined;
}): Call {
  const participants = Array.from({ length: options.others }, (_, index) => person(index, options));
  return {
    connection: options.reconnecting ? 'reconnecting' : 'connected',
    title: 'Design review of the new harbour',
    code: 'abc-defg-hjk',
    grants: {
      publish: ['microphone', 'camera', 'screen', 'screen-audio'],
      subscribe: true,
      moderate: true,
      hidden: false,
    },
    media: { sending: 'ok', receiving: options.lost ? 'lost' : 'ok' },
    path: options.path,
    reconnectMedia: () => {},
    ...noBreakouts,
    sendData: nothing,
    setMetadata: nothing,
    local: {
      id: 'self',
      name: 'Ada Lovelace',
      avatarUrl: null,
      role: 'host',
      metadata: {},
      handRaisedAt: undefined,
      connectionQuality: undefined,
      publications: [],
      publication: () => undefined,
    },
    participants,
    spotlight: options.spotlight,
    observers: options.observers,
    activeSpeakers: [{ participantId: 'person-0', level: -30 }],
    chat: {
      send: (text) =>
        text.startsWith('fail') ? Promise.reject(new WaterbusError('network.unreachable', 'painted')) : unanswered(),
      list: async () => ({ items: paintedMessages(), more: false, lastSeq: 9 }),
      edit: unanswered,
      delete: nothing,
      react: unanswered,
      markRead: nothing,
      ...noFiles,
    },
    ...withoutEntries,
    moderation: paintedModeration(options.waiting),
    meeting: async () => paintedMeeting(),
    closeReason: undefined,
    publish: (track, { source }) =>
      Promise.resolve({
        source,
        kind: track.kind as 'audio' | 'video',
        track,
        muted: false,
        mute: nothing,
        unmute: nothing,
        replaceTrack: nothing,
        unpublish: nothing,
      }),
    ...gestures,
    leave: nothing,
    stats: async () => [],
    on: () => () => {},
    off: () => {},
  };
}

const unanswered = () => new Promise<never>(() => {});

const nothing = async () => {};
const gestures = { raiseHand: nothing, lowerHand: nothing, react: nothing, pinned: undefined, pin: nothing };

const withoutEntries: Pick<Call, 'privateChat' | 'polls'> = {
  privateChat: {
    list: async () => ({ items: [], nextCursor: null }),
    send: unanswered,
    delete: nothing,
    markRead: nothing,
  },
  polls: { list: async () => [], create: unanswered, vote: unanswered, close: unanswered, delete: nothing },
};

const noFiles: Pick<Call['chat'], 'upload' | 'fileContent' | 'listFiles' | 'discardFile'> = {
  upload: unanswered,
  fileContent: unanswered,
  listFiles: async () => ({ items: [], nextCursor: null }),
  discardFile: nothing,
};

const noBreakouts = {
  breakouts: undefined,
  breakoutId: undefined,
  breakoutToken: undefined,
  moveTo: async () => {},
};

function paintedModeration(waiting: number): Call['moderation'] {
  const nothing = async () => {};
  const unanswered = () => new Promise<never>(() => {});
  return {
    mute: nothing,
    stopVideo: nothing,
    lowerHands: nothing,
    spotlight: nothing,
    remove: nothing,
    ban: nothing,
    moveToWaitingRoom: nothing,
    admit: nothing,
    deny: nothing,
    waiting: async () => paintedWaiting(waiting),
    updateMeeting: unanswered,
    setPassword: unanswered,
    members: async () => paintedMembers(),
    setRole: unanswered,
    removeMember: nothing,
    createInviteLink: async () => 'secret',
    bans: async () => paintedBans(),
    liftBan: nothing,
    archive: unanswered,
    streamKeys: async () => paintedStreamKeys(),
    createStreamKey: async ({ name, use = 'publish', source = 'camera' }) => ({
      streamKey: { ...paintedStreamKeys()[0]!, id: name, name, use, source: use === 'watch' ? null : source },
      secret: 'wbs_q3VnV0Yw2mJmYp8cHq1s6mT7uXb4',
    }),
    deleteStreamKey: nothing,
  };
}

function person(
  index: number,
  options: { screen: boolean; reconnecting: boolean; trouble: boolean; hands: boolean },
): RemoteParticipant {
  const { screen, reconnecting, trouble, hands } = options;
  const nothing = {
    pausedBy: undefined,
    limitedBy: undefined,
    layers: undefined,
    observe: () => () => {},
    prefer: () => () => {},
  };
  const pausedBy = trouble ? ([undefined, 'bandwidth', undefined, 'no-media'] as const)[index] : undefined;
  const publications: RemotePublication[] = [
    { source: 'microphone', kind: 'audio', muted: index % 4 === 1, track: undefined, ...nothing },
    {
      source: 'camera',
      kind: 'video',
      muted: index % 3 === 2,
      track: paintedPicture(640, 360, index),
      ...nothing,
      pausedBy,
    },
  ];
  if (screen && index === 0) {
    const track = paintedPicture(1280, 720, 40);
    publications.push({ source: 'screen', kind: 'video', muted: false, track, ...nothing });
  }
  return {
    id: `person-${index}`,
    name: NAMES[index % NAMES.length]!,
    avatarUrl: null,
    role: 'guest',
    metadata: {},
    handRaisedAt: hands && index % 3 === 0 ? 1_000 - index : undefined,
    connection: reconnecting && index === 1 ? 'reconnecting' : 'connected',
    connectionQuality: trouble ? QUALITIES[index] : undefined,
    publications,
    publication: (source) => publications.find((publication) => publication.source === source),
    subscribe: async () => {},
    unsubscribe: async () => {},
  };
}

const QUALITIES: ConnectionQuality[] = [
  { quality: 'poor', limitation: 'upload' },
  { quality: 'poor', limitation: 'download' },
  { quality: 'excellent', limitation: 'none' },
  { quality: 'lost', limitation: 'upload' },
];

const NAMES = [
  'Ben Okafor',
  'Cleo',
  'Wilhelmina Featherstonehaugh-Cholmondeley',
  'Łukasz Żak',
  'Mei Lin',
  'Grace Hopper',
  'Omar',
  'Priya Raman',
];
