/** Bounds on what callers and peers may make the engine hold. */
export interface EngineLimits {
  /** Transports open at once in the engine. */
  transports: number;
  /** Producers on one transport: a microphone, a camera, a screen with sound, and room for a recorder's many. */
  producersPerTransport: number;
  /** Consumers on one transport: a meeting of 250 with sound and picture each, twice over. */
  consumersPerTransport: number;
  /** SSRCs learnt from packets (not told by parameters) on one transport. */
  learntSsrcsPerTransport: number;
}

export const defaultLimits: EngineLimits = {
  transports: 4096,
  producersPerTransport: 64,
  consumersPerTransport: 1024,
  learntSsrcsPerTransport: 128,
};
