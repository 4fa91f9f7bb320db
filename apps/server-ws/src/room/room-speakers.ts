import type { Clock } from '@waterbus/cluster';
import type { ServerEvent, Source } from '@waterbus/protocol';

export type ActiveSpeakers = ServerEvent<'activeSpeakers'>['speakers'];

/** What one media node says of a room: its producers that are talking, the one who leads first, the rest by level. */
export interface NodeSpeakers {
  mediaNodeId: string;
  speakers: { producerId: string; level: number }[];
}

/** Whose microphone a producer is; undefined for anything else, and while it is muted. */
export type MicrophoneOwner = (producerId: string) => string | undefined;

/**
 * Who is talking in a room, over all media nodes that hold its producers: each knows only its own, so every home node of the
 * room merges what they publish. Emits changes alone, and not more often than a media node does.
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

  heard({ mediaNodeId, speakers }: NodeSpeakers): void {
    if (speakers.length === 0) this.nodes.delete(mediaNodeId);
    else this.nodes.set(mediaNodeId, { speakers, expiresAt: this.clock.now() + LIFETIME });
    this.expire();
    this.refresh();
  }

  /** Participants or their microphones have come, gone or changed. */
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

  /** A media node that is lost, or whose last message was, publishes no end. */
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
  // Nodes compare within themselves only: between them the one who leads stays until somebody is clearly louder.
  const first = present && loudest && loudest.level < present.level + MARGIN ? present : loudest;
  return [...levels]
    .map(([participantId, level]) => ({ participantId, level }))
    .sort((one, other) => rank(other) - rank(one))
    .slice(0, MOST_SPEAKERS);

  function rank({ participantId, level }: { participantId: string; level: number }): number {
    return participantId === first?.participantId ? 1 : level;
  }
}

/** The source whose sound is talking; music of a shared screen is not. */
export const TALKING: Source = 'microphone';

function sameSpeakers(one: ActiveSpeakers, other: ActiveSpeakers): boolean {
  if (one.length !== other.length || one[0]?.participantId !== other[0]?.participantId) return false;
  return one.every(({ participantId }) => other.some((speaker) => speaker.participantId === participantId));
}

/** Milliseconds: as often as a media node decides. */
const SHORTEST_INTERVAL = 300;
/** Milliseconds: media nodes repeat themselves each 3 s while somebody talks. */
const LIFETIME = 7000;
/** Decibels. */
const MARGIN = 6;
/** As media nodes name. */
const MOST_SPEAKERS = 8;
