/** Video in RTP as a browser packs it: bytes of a plain packet, header included. */
export interface Video {
  packetBytes: number;
  packetsPerFrame: number;
  framesPerSecond: number;
}

/** Rooms of one kind: `publishers` send, `receivers` take what everybody else in the room publishes. */
export interface Case {
  name: string;
  rooms: number;
  publishers: number;
  receivers: number;
  /** Receiver i belongs to the person who publishes as number i, and does not take that. */
  ownLeftOut: boolean;
  video: Video | undefined;
  sound: boolean;
  /** Receivers that share a socket, each with a loopback address of its own. */
  receiversPerSocket: number;
  /** How `load` grows: more rooms of the same kind, or the same publishers faster. */
  grows: 'rooms' | 'speed';
}

/** One publisher, and 2.5 Mbps at 30 fps: 10,417 bytes a frame, nine packets of 1,178 bytes with headers. */
export function oneToMany(receivers: number): Case {
  return {
    name: `1 to ${receivers}`,
    rooms: 1,
    publishers: 1,
    receivers,
    ownLeftOut: false,
    video: { packetBytes: 1_178, packetsPerFrame: 9, framesPerSecond: 30 },
    sound: false,
    receiversPerSocket: 1,
    grows: 'speed',
  };
}

/** Rooms of four: sound, and 600 kbit/s of video, of which a frame is two packets. */
export function roomsOfFour(rooms: number): Case {
  return {
    name: `${rooms} rooms of 4`,
    rooms,
    publishers: 4,
    receivers: 4,
    ownLeftOut: true,
    video: { packetBytes: 1_178, packetsPerFrame: 2, framesPerSecond: 30 },
    sound: true,
    receiversPerSocket: 1,
    grows: 'rooms',
  };
}

/** A panel with its audience. A thousand sockets would measure their process rather than the worker. */
export function soundRoom(speakers: number, listeners: number): Case {
  return {
    name: `sound, ${speakers} to ${listeners}`,
    rooms: 1,
    publishers: speakers,
    receivers: listeners,
    ownLeftOut: false,
    video: undefined,
    sound: true,
    receiversPerSocket: 50,
    grows: 'speed',
  };
}

/** Receivers of what one publisher sends. */
export function fanOut({ receivers, ownLeftOut }: Case): number {
  return receivers - (ownLeftOut ? 1 : 0);
}

/** Packets that one publisher sends in a second. */
export function packetsPerSecond({ video, sound }: Case): number {
  return (video ? video.packetsPerFrame * video.framesPerSecond : 0) + (sound ? SOUND_PACKETS_PER_SECOND : 0);
}

/** Bytes of plain packets in the proportion in which they come, for the floor. */
export function packetSizes({ video, sound }: Case): number[] {
  const sizes = [];
  const pictures = video ? video.packetsPerFrame * video.framesPerSecond : 0;
  const sounds = sound ? SOUND_PACKETS_PER_SECOND : 0;
  const parts = 10;
  for (let part = 0; part < parts; part += 1) {
    sizes.push(part * (pictures + sounds) < parts * pictures ? video!.packetBytes : SOUND_PACKET_BYTES);
  }
  return sizes;
}

/** Opus in packets of 20 ms, at 40 kbit/s. */
export const SOUND_PACKETS_PER_SECOND = 50;
export const SOUND_PACKET_BYTES = 120;
