export * from './errors.js';
export * from './ids.js';
export * from './join-token.js';
export * from './media.js';
export * from './rest.js';
export * from './room.js';
export * from './room-records.js';
export * from './signalling.js';
