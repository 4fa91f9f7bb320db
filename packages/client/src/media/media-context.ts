import type { Interruptions } from '../adaptive/interruptions.js';
import type { MediaHealth } from '../adaptive/media-health.js';
import type { MediaPaths } from '../adaptive/media-paths.js';
import type { Requester } from '../signalling/session.js';
import type { IceOptions, MediaDevice } from '../webrtc/device.js';
import type { AbandonedTransports } from './abandoned.js';

/** The parts of a call that its media use, in both directions. */
export interface MediaContext {
  session: Requester;
  device: MediaDevice;
  /** The servers and ways of new transports. */
  ice: () => IceOptions;
  /** Resolves once the device is loaded. */
  ready: () => Promise<void>;
  health: MediaHealth;
  paths: MediaPaths;
  interruptions: Interruptions;
  abandoned: AbandonedTransports;
}
