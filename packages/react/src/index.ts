export { useCall } from './call/use-call.js';
export { useLately, useObserved } from './call/use-observed.js';
export { type AspectRange, type Fit, fitTiles } from './grid/fit-tiles.js';
export { useSize } from './grid/use-size.js';
export { RemoteSound } from './tracks/remote-sound.js';
export { useSuccession } from './tracks/use-succession.js';
export { useTrack } from './tracks/use-track.js';
export { Video } from './tracks/video.js';
