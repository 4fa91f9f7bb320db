export * from './clock.js';
export * from './cluster.js';
export * from './in-process/in-process-cluster.js';
export * from './virtual-clock.js';
