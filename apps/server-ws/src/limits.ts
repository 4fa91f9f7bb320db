/** What one client may ask for. */
export interface Limits {
  /** Requests a second that a socket may go on making. */
  requestsPerSecond: number;
  /** Requests it may make at once after a silence. */
  requestBurst: number;
  transportsPerParticipant: number;
  producersPerParticipant: number;
  consumersPerParticipant: number;
}

export const defaultLimits: Limits = {
  // A client in a room of 1,000 subscribes to everybody on entering: a few hundred at once, then hardly anything.
  requestsPerSecond: 100,
  requestBurst: 300,
  // One to send, one to receive for each media node that holds a partner, and both again while it reconnects.
  transportsPerParticipant: 8,
  // Microphone, camera, screen and its sound, and each once more while a replacement starts.
  producersPerParticipant: 8,
  // Two streams of each of 500 people in sight.
  consumersPerParticipant: 1000,
};
