/** Bounds on the resources that callers and peers may take in the engine. */
export interface EngineLimits {
  /** Open transports in the engine. */
  transports: number;
  /**
   * Producers on one transport: a microphone, a camera, a screen with sound, and more for a
   * recorder.
   */
  producersPerTransport: number;
  /** Consumers on one transport: a meeting of 250 with sound and picture each, twice over. */
  consumersPerTransport: number;
  /** SSRCs learnt from packets (not from parameters) on one transport. */
  learntSsrcsPerTransport: number;
}

export const defaultLimits: EngineLimits = {
  transports: 4096,
  producersPerTransport: 64,
  consumersPerTransport: 1024,
  learntSsrcsPerTransport: 128,
};
