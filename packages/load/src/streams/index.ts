export * from './random.js';
export * from './sound-stream.js';
export * from './ssrcs.js';
export * from './stamp.js';
export * from './stream.js';
export * from './video-stream.js';
export * from './videos.js';
