export interface NoiseOptions {
  /** RNNoise, compiled. */
  module: WebAssembly.Module;
}

/** Of the blocks of 128 samples since the last report. */
export interface NoiseFigures {
  blocks: number;
  /** Milliseconds, by a clock of whole ones: right in the mean only. */
  spent: number;
}
