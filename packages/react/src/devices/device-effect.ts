/** A track between a device and the others. */
export interface ProcessedTrack {
  readonly track: MediaStreamTrack;
  /** Ends the processing; the device's own track is left as it is. */
  stop(): void;
}

/** Processes the track of a device before anybody sees or hears it: a background, less noise. */
export interface DeviceEffect {
  /** Rejects when it does not work here. */
  process(track: MediaStreamTrack): Promise<ProcessedTrack>;
  /** The device's own track must not be used in its place while it starts. */
  readonly conceals: boolean;
  /** The browser's own noise suppression is not wanted. */
  readonly suppressesNoise?: boolean;
  /** `process` was rejected. */
  failed(): void;
}
