/** What clients may ask for, and what one server takes on. */
export interface Limits {
  /** Requests a second that a socket may go on making. */
  requestsPerSecond: number;
  /** Requests it may make at once after a silence. */
  requestBurst: number;
  /** The same before it has joined: nothing but joining and resuming is done then. */
  joinRequestsPerSecond: number;
  joinRequestBurst: number;
  /** Sockets of this server. */
  sockets: number;
  /** Of them from one address (IPv6: one /64). */
  socketsPerAddress: number;
  /** Of them without a participant, which have `JOIN_DEADLINE` to join. */
  socketsJoining: number;
  socketsJoiningPerAddress: number;
  /** Bytes that a socket was sent and its peer has not read; beyond that it is cut off. */
  backlogBytes: number;
  /** Milliseconds after which a peer that has read nothing of what it was sent is cut off. */
  backlogTime: number;
  transportsPerParticipant: number;
  producersPerParticipant: number;
  consumersPerParticipant: number;
  /** Consumers for which a participant may say, each second, how it shows them; and at once after a silence. */
  preferencesPerSecond: number;
  preferenceBurst: number;
}

export const defaultLimits: Limits = {
  // A client in a room of 1,000 subscribes to everybody on entering: a few hundred at once, then hardly anything.
  requestsPerSecond: 100,
  requestBurst: 300,
  // A client joins, or resumes and joins when that is refused; the rest is for one that tries once more.
  joinRequestsPerSecond: 1,
  joinRequestBurst: 6,
  // Ten times what one server's media workers carry. Each costs about 30 kB.
  sockets: 20_000,
  // An organization behind one address, or a proxy that was not named as one.
  socketsPerAddress: 4000,
  // Joining takes milliseconds, so these are enough for thousands who come back at once: whoever is refused tries again within seconds.
  socketsJoining: 4000,
  socketsJoiningPerAddress: 1000,
  // A snapshot of a room of 1,000 is up to 1 MB; the answer to `join`, `sync` and the events meanwhile fit in twice.
  backlogBytes: 4 * 1024 * 1024,
  // As Server API does with streams of events: a network that was gone for so long has ended its connections.
  backlogTime: 30_000,
  // One to send, one to receive for each media node that holds a partner, and both again while it reconnects.
  transportsPerParticipant: 8,
  // Microphone, camera, screen and its sound, and each once more while a replacement starts.
  producersPerParticipant: 8,
  // Two streams of each of 500 people in sight.
  consumersPerParticipant: 1000,
  // A page of 16 tiles that is resized says so six times a second; on joining, all consumers are new.
  preferencesPerSecond: 100,
  preferenceBurst: 1000,
};
