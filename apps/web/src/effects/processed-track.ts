/** A track between a device and the others. */
export interface ProcessedTrack {
  readonly track: MediaStreamTrack;
  /** Ends the processing; the device's own track is left as it is. */
  stop(): void;
}
