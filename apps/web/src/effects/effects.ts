/** The effects, in one bundle: loaded when one is chosen, never before. */
export { processCamera } from './background/process-camera.js';
export { processMicrophone } from './noise/process-microphone.js';
