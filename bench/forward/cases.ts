import {
  ONE_SIZE,
  SOUND_PACKET_BYTES,
  SOUND_PACKETS_PER_SECOND,
  THREE_SIZES,
  type Video,
} from '@waterbus/load/testing/streams';

/**
 * Rooms of one kind: `publishers` send, `receivers` receive the streams of all others in the room.
 */
export interface Case {
  name: string;
  rooms: number;
  publishers: number;
  receivers: number;
  /** Receiver i belongs to the person of publisher i, and does not receive that publisher. */
  ownLeftOut: boolean;
  /**
   * The encodings of each publisher, ascending. With several, each receiver shows the publishers in
   * tiles of these sizes, in rotation.
   */
  videos: readonly Video[];
  sound: boolean;
  /** Receivers that share a socket, each with a loopback address of its own. */
  receiversPerSocket: number;
  /**
   * The growth with `load`: more rooms of the same kind, or the same publishers at a higher rate.
   */
  grows: 'rooms' | 'speed';
}

/** One publisher with a camera in one size. */
export function oneToMany(receivers: number): Case {
  return {
    name: `1 to ${receivers}`,
    rooms: 1,
    publishers: 1,
    receivers,
    ownLeftOut: false,
    videos: ONE_SIZE,
    sound: false,
    receiversPerSocket: 1,
    grows: 'speed',
  };
}

/** Rooms of four: sound, and 600 kbit/s of video with two packets a frame. */
export function roomsOfFour(rooms: number): Case {
  return {
    name: `${rooms} rooms of 4`,
    rooms,
    publishers: 4,
    receivers: 4,
    ownLeftOut: true,
    videos: [{ width: 640, height: 360, packetBytes: 1_178, packetsPerFrame: 2, framesPerSecond: 30 }],
    sound: true,
    receiversPerSocket: 1,
    grows: 'rooms',
  };
}

/**
 * The same with cameras in three sizes; each receiver shows one person in each size.
 */
export function layeredRooms(rooms: number): Case {
  return {
    ...roomsOfFour(rooms),
    name: `${rooms} rooms of 4, three layers`,
    videos: THREE_SIZES,
  };
}

/**
 * A panel with its audience. With a thousand sockets, the measurement would be of the receivers'
 * process.
 */
export function soundRoom(speakers: number, listeners: number): Case {
  return {
    name: `sound, ${speakers} to ${listeners}`,
    rooms: 1,
    publishers: speakers,
    receivers: listeners,
    ownLeftOut: false,
    videos: [],
    sound: true,
    receiversPerSocket: 50,
    grows: 'speed',
  };
}

/** Receivers of one publisher. */
function fanOut({ receivers, ownLeftOut }: Case): number {
  return receivers - (ownLeftOut ? 1 : 0);
}

/** Receivers of each sound packet, and of each packet of one encoding of a video. */
export function takers(plan: Case): { sound: number; video: number } {
  return { sound: fanOut(plan), video: fanOut(plan) / Math.max(1, plan.videos.length) };
}

/** The encoding with the size of the receiver's tile; all encodings are equally frequent. */
export function shownEncoding({ receivers, videos }: Case, publisher: number, receiver: number): number {
  return ((receiver - publisher - 1 + receivers) % receivers) % videos.length;
}

/** Packets of one publisher that are forwarded in a second. */
export function forwardedPerSecond(plan: Case): number {
  const { sounds, pictures } = rates(plan);
  return sounds * takers(plan).sound + pictures.reduce((sum, rate) => sum + rate, 0) * takers(plan).video;
}

/** Sizes in bytes of plain packets, in proportion to their forwarded numbers, for the floor. */
export function packetSizes(plan: Case): number[] {
  const { sounds, pictures } = rates(plan);
  const { sound, video } = takers(plan);
  const kinds = [
    ...plan.videos.map(({ packetBytes }, i) => ({ bytes: packetBytes, rate: pictures[i]! * video })),
    { bytes: SOUND_PACKET_BYTES, rate: sounds * sound },
  ];
  const sizes = [];
  for (const { bytes, rate } of kinds) {
    const parts = Math.round((PARTS * rate) / forwardedPerSecond(plan));
    for (let part = 0; part < parts; part += 1) sizes.push(bytes);
  }
  return sizes;
}

function rates({ videos, sound }: Case): { sounds: number; pictures: number[] } {
  return {
    sounds: sound ? SOUND_PACKETS_PER_SECOND : 0,
    pictures: videos.map(({ packetsPerFrame, framesPerSecond }) => packetsPerFrame * framesPerSecond),
  };
}

const PARTS = 20;
