/** What a producer's layers cost at this moment, and how large their pictures are. */
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
