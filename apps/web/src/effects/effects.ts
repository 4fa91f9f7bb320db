/** The effects, in one bundle: loaded when one is chosen, never before. */
export { processMicrophone } from './noise/process-microphone.js';
