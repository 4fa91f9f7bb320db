import type { Background } from './background.js';

/** To the worker. */
export type ToWorker =
  /** Replaces the background. `picture`: the user's own, where that is chosen. */
  | { type: 'background'; background: Background; picture: ImageBitmap | undefined }
  /** Frames of the camera, and where the processed ones go. */
  | { type: 'streams'; readable: ReadableStream<VideoFrame>; writable: WritableStream<VideoFrame> }
  /** Without streams of frames: the worker requests each frame. */
  | { type: 'frames' }
  /** The requested frame; undefined: the camera has no picture yet. */
  | { type: 'frame'; frame: ImageBitmap | undefined };

/** From the worker. */
export type FromWorker =
  /** The model is loaded. */
  | { type: 'ready' }
  /** The next frame of the camera is wanted. */
  | { type: 'wanted' }
  | { type: 'picture'; picture: ImageBitmap }
  | { type: 'figures'; figures: Figures }
  | { type: 'failed'; reason: EffectFailure };

/** `slow`: this machine takes too long for each frame. */
export type EffectFailure = 'slow' | 'broken';

/** Of the last frames. */
export interface Figures {
  /** Milliseconds of each frame. */
  spent: number[];
  /** Every how many frames the person is searched. */
  segmentedEvery: number;
}
