/** The current costs of a producer's layers, and their picture sizes. */
export interface LayerRates {
  readonly spatialLayers: number;
  readonly temporalLayers: number;
  /**
   * Bits per second including headers, of this layer and all that it needs; 0 when it does not
   * arrive now.
   */
  bitrate(spatial: number, temporal: number, now: number): number;
  /** Pixels; 0 when unknown. */
  width(spatial: number): number;
  height(spatial: number): number;
}
