import { type RoomParticipant, type RoomProducer, receivable, type VideoCodec } from '@waterbus/protocol';

/** What a player may see and hear of a room at this moment. */
export interface Stage {
  participants: readonly RoomParticipant[];
  /** The active speakers, the leader first. */
  speakers: readonly { participantId: string }[];
  /** The media node of the player's only transport. */
  mediaNodeId: string;
  /** It accepts nothing new. */
  draining: boolean;
  /** Whether the streams of another media node can be carried there. */
  reaches: (mediaNodeId: string) => boolean;
  decodes: readonly VideoCodec[];
  /** The id or the name of the only participant to watch. */
  only: string | undefined;
  /** The number of sections for sound. */
  sounds: number;
}

/** The producers in the sections of a player. */
export interface Program {
  picture: string | undefined;
  sounds: readonly (string | undefined)[];
}

/**
 * The next program. The picture is a shared screen, else the camera of the loudest speaker; sound
 * is that of the loudest. What is shown stays while nothing goes before it. `holdsPicture`: the
 * picture changed a moment ago and stays if it can.
 */
export function nextProgram(stage: Stage, now: Program, holdsPicture = false): Program {
  const all = onStage(stage);
  const rank = ranking(stage);
  const latest = (id: string | undefined) => all.find(({ replaces }) => id !== undefined && replaces === id)?.id ?? id;
  const picture = pickPicture(all, rank, latest(now.picture), holdsPicture);
  const screenOwner = all.find(({ id, source }) => id === picture && source === 'screen')?.owner;
  return { picture, sounds: pickSounds(all, rank, now.sounds.map(latest), screenOwner) };
}

/**
 * Whether a player has to connect anew: only other media nodes have streams, and its own one drains
 * or none of theirs can be carried there.
 */
export function isElsewhere(stage: Stage): boolean {
  const nodes = [...streamsByNode(stage.participants, stage.only).keys()];
  if (nodes.length === 0 || nodes.includes(stage.mediaNodeId)) return false;
  return stage.draining || !nodes.some(stage.reaches);
}

/** The media node with the streams that a player would watch, of those that accept new work. */
export function nodeOf(
  participants: readonly RoomParticipant[],
  only: string | undefined,
  isOpen: (mediaNodeId: string) => boolean,
): string | undefined {
  const counts = [...streamsByNode(participants, only)].filter(([mediaNodeId]) => isOpen(mediaNodeId));
  return counts.sort(([, one], [, other]) => other - one)[0]?.[0];
}

function streamsByNode(participants: readonly RoomParticipant[], only: string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const participant of participants) {
    if (!isWatched(participant, only)) continue;
    for (const { mediaNodeId } of participant.producers) counts.set(mediaNodeId, (counts.get(mediaNodeId) ?? 0) + 1);
  }
  return counts;
}

interface Candidate extends RoomProducer {
  owner: string;
}

function onStage({ participants, mediaNodeId, reaches, decodes, only }: Stage): Candidate[] {
  const isNear = (one: RoomProducer) => one.mediaNodeId === mediaNodeId || reaches(one.mediaNodeId);
  return participants
    .filter((participant) => isWatched(participant, only))
    .flatMap(({ id, producers }) => {
      const flowing = producers.filter((one) => isNear(one) && !one.paused);
      // A stream that moves to another media node is shown until its copy there has begun.
      const moved = new Set(flowing.map(({ replaces }) => replaces));
      const latest = flowing.filter((one) => !moved.has(one.id));
      return receivable(latest, decodes).map((producer) => ({ ...producer, owner: id }));
    });
}

function isWatched({ id, name }: RoomParticipant, only: string | undefined): boolean {
  return only === undefined || id === only || name === only;
}

/** Lower is louder; equal for all that do not speak. */
function ranking({ speakers }: Stage): (owner: string) => number {
  return (owner) => {
    const place = speakers.findIndex(({ participantId }) => participantId === owner);
    return place < 0 ? speakers.length : place;
  };
}

function pickPicture(
  all: readonly Candidate[],
  rank: (owner: string) => number,
  now: string | undefined,
  holds: boolean,
): string | undefined {
  const pictures = all.filter(({ kind }) => kind === 'video');
  const shown = pictures.find(({ id }) => id === now);
  const screens = pictures.filter(({ source }) => source === 'screen');
  if (screens.length > 0) return (screens.find(({ id }) => id === now) ?? screens[0]!).id;
  if (holds && shown) return shown.id;
  // Stable: of equals the one that is shown, else the first.
  const order = [...(shown ? [shown] : []), ...pictures];
  return order.sort((one, other) => rank(one.owner) - rank(other.owner))[0]?.id ?? undefined;
}

/** Each sound stays in its section. */
function pickSounds(
  all: readonly Candidate[],
  rank: (owner: string) => number,
  now: Program['sounds'],
  screenOwner: string | undefined,
): (string | undefined)[] {
  const place = ({ id, owner, source }: Candidate) => {
    if (source === 'microphone' && rank(owner) < rank('')) return rank(owner);
    // Nobody speaks: the sound of what is shown, then what is heard already.
    if (source === 'screen-audio' && owner === screenOwner) return QUIET;
    return now.includes(id) ? QUIET + 1 : QUIET + 2;
  };
  const sounds = all.filter(({ kind }) => kind === 'audio').sort((one, other) => place(one) - place(other));
  const chosen = sounds.slice(0, now.length).map(({ id }) => id);
  const fresh = chosen.filter((id) => !now.includes(id));
  return now.map((id) => (id !== undefined && chosen.includes(id) ? id : fresh.shift()));
}

/** Behind all speakers. */
const QUIET = 1000;
