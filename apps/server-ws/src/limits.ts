/** Limits of clients' requests, and of one server's load. */
export interface Limits {
  /** Sustained requests a second of a socket. */
  requestsPerSecond: number;
  /** Requests at once after a pause. */
  requestBurst: number;
  /** The same before joining: only `join` and `resume` are accepted then. */
  joinRequestsPerSecond: number;
  joinRequestBurst: number;
  /** Maximum number of sockets of this server. */
  sockets: number;
  /** The part of them from one address (IPv6: one /64). */
  socketsPerAddress: number;
  /** The part of them without a participant, which have `JOIN_DEADLINE` to join. */
  socketsJoining: number;
  socketsJoiningPerAddress: number;
  /**
   * Maximum of bytes sent to a socket that its peer has not read; beyond it the socket is cut off.
   */
  backlogBytes: number;
  /** Milliseconds without a read after which a peer with unread bytes is cut off. */
  backlogTime: number;
  transportsPerParticipant: number;
  producersPerParticipant: number;
  consumersPerParticipant: number;
  /** Consumers per second whose preferences a participant may set; and the burst after a pause. */
  preferencesPerSecond: number;
  preferenceBurst: number;
  /** Data messages of a participant, and the bytes of their payloads. */
  dataPerSecond: number;
  dataBurst: number;
  dataBytesPerSecond: number;
  dataBytesBurst: number;
  /** Changes of a participant's own metadata. */
  metadataPerSecond: number;
  metadataBurst: number;
}

export const defaultLimits: Limits = {
  // A client in a room of 1,000 subscribes to all participants on joining: a few hundred at once,
  // then hardly anything.
  requestsPerSecond: 100,
  requestBurst: 300,
  // A client joins, or resumes and joins after a refusal; the rest is for a retry.
  joinRequestsPerSecond: 1,
  joinRequestBurst: 6,
  // Ten times the capacity of one server's media workers. Each socket costs about 30 kB.
  sockets: 20_000,
  // An organization behind one address, or a proxy that is not configured as trusted.
  socketsPerAddress: 4000,
  // Joining takes milliseconds, so these are enough for thousands of clients that reconnect at
  // once: a refused client retries within seconds.
  socketsJoining: 4000,
  socketsJoiningPerAddress: 1000,
  // A snapshot of a room of 1,000 is up to 1 MB; the answers to `join` and `sync` with the events
  // meanwhile fit in twice.
  backlogBytes: 4 * 1024 * 1024,
  // As for the event streams of Server API: a network that was unreachable for so long has ended
  // its connections.
  backlogTime: 30_000,
  // One to send, one to receive for each media node that holds a partner, and both again while it
  // reconnects.
  transportsPerParticipant: 8,
  // Microphone, camera, screen and its sound, and each once more during a replacement.
  producersPerParticipant: 8,
  // Two streams of each of 500 visible participants.
  consumersPerParticipant: 1000,
  // A page of 16 tiles that is resized sets preferences six times a second; on joining, all
  // consumers are new.
  preferencesPerSecond: 100,
  preferenceBurst: 1000,
  // A pointer or a pen sends 20 messages a second, of half a kilobyte each. Each byte goes to the
  // whole room.
  dataPerSecond: 25,
  dataBurst: 100,
  dataBytesPerSecond: 16_384,
  dataBytesBurst: 65_536,
  // Every change is a change of the room, which all receive and new participants read.
  metadataPerSecond: 1,
  metadataBurst: 10,
};
