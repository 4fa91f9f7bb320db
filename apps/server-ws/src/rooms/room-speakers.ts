import type { Clock } from '@waterbus/cluster';
import type { ServerEvent, Source } from '@waterbus/protocol';

export type ActiveSpeakers = ServerEvent<'activeSpeakers'>['speakers'];

/**
 * One media node's message about a room: its producers that are talking, the leader first, the rest
 * by level.
 */
export interface NodeSpeakers {
  mediaNodeId: string;
  speakers: { producerId: string; level: number }[];
}

/**
 * The owner of a microphone's producer; undefined for any other producer, and while it is muted.
 */
export type MicrophoneOwner = (producerId: string) => string | undefined;

/**
 * The active speakers of a room, over all media nodes that hold its producers: each knows only its
 * own, so every home node of the room merges their messages. Emits changes only, and not more often
 * than a media node does.
 */
export class RoomSpeakers {
  speakers: ActiveSpeakers = [];
  private readonly nodes = new Map<string, { speakers: NodeSpeakers['speakers']; expiresAt: number }>();
  private emittedAt = Number.NEGATIVE_INFINITY;
  private stopWaiting: (() => void) | undefined;
  private stopExpiring: (() => void) | undefined;

  constructor(
    private readonly ownerOf: MicrophoneOwner,
    private readonly clock: Clock,
    private readonly emit: (speakers: ActiveSpeakers) => void,
  ) {}

  report({ mediaNodeId, speakers }: NodeSpeakers): void {
    if (speakers.length === 0) this.nodes.delete(mediaNodeId);
    else this.nodes.set(mediaNodeId, { speakers, expiresAt: this.clock.now() + LIFETIME });
    this.expire();
    this.refresh();
  }

  /** Participants or their microphones were added, removed or changed. */
  refresh(): void {
    if (this.stopWaiting || (this.nodes.size === 0 && this.speakers.length === 0)) return;
    const wait = this.emittedAt + SHORTEST_INTERVAL - this.clock.now();
    if (wait > 0) {
      this.stopWaiting = this.clock.after(wait, () => {
        this.stopWaiting = undefined;
        this.refresh();
      });
      return;
    }
    const speakers = mergeSpeakers(
      [...this.nodes.values()].map((node) => node.speakers),
      this.ownerOf,
      this.speakers[0]?.participantId,
    );
    if (sameSpeakers(speakers, this.speakers)) return;
    this.speakers = speakers;
    this.emittedAt = this.clock.now();
    this.emit(speakers);
  }

  close(): void {
    this.stopWaiting?.();
    this.stopExpiring?.();
  }

  /** A media node that is lost, or whose last message was lost, publishes no end. */
  private expire(): void {
    this.stopExpiring?.();
    this.stopExpiring = undefined;
    if (this.nodes.size === 0) return;
    const next = Math.min(...[...this.nodes.values()].map(({ expiresAt }) => expiresAt));
    this.stopExpiring = this.clock.after(Math.max(0, next - this.clock.now()), () => {
      for (const [id, { expiresAt }] of this.nodes) if (expiresAt <= this.clock.now()) this.nodes.delete(id);
      this.expire();
      this.refresh();
    });
  }
}

/** The leader first, then by level; each participant once. */
export function mergeSpeakers(
  nodes: readonly NodeSpeakers['speakers'][],
  ownerOf: MicrophoneOwner,
  leader: string | undefined,
): ActiveSpeakers {
  const levels = new Map<string, number>();
  const leaders: { participantId: string; level: number }[] = [];
  for (const speakers of nodes) {
    let isLeader = true;
    for (const { producerId, level } of speakers) {
      const participantId = ownerOf(producerId);
      if (participantId === undefined) continue;
      levels.set(participantId, Math.max(level, levels.get(participantId) ?? level));
      if (isLeader) leaders.push({ participantId, level });
      isLeader = false;
    }
  }
  leaders.sort((one, other) => other.level - one.level);
  const present = leaders.find(({ participantId }) => participantId === leader);
  const loudest = leaders[0];
  // Levels are comparable within a node only: between nodes the leader stays until another speaker
  // is clearly louder.
  const first = present && loudest && loudest.level < present.level + MARGIN ? present : loudest;
  return [...levels]
    .map(([participantId, level]) => ({ participantId, level }))
    .sort((one, other) => rank(other) - rank(one))
    .slice(0, MOST_SPEAKERS);

  function rank({ participantId, level }: { participantId: string; level: number }): number {
    return participantId === first?.participantId ? 1 : level;
  }
}

/** The source whose sound counts as talking; music of a shared screen does not. */
export const SPEECH_SOURCE: Source = 'microphone';

function sameSpeakers(one: ActiveSpeakers, other: ActiveSpeakers): boolean {
  if (one.length !== other.length || one[0]?.participantId !== other[0]?.participantId) return false;
  return one.every(({ participantId }) => other.some((speaker) => speaker.participantId === participantId));
}

/** Milliseconds: the interval at which a media node decides. */
const SHORTEST_INTERVAL = 300;
/** Milliseconds: media nodes repeat their messages each 3 s while someone talks. */
const LIFETIME = 7000;
/** Decibels. */
const MARGIN = 6;
/** The maximum of a media node. */
const MOST_SPEAKERS = 8;
