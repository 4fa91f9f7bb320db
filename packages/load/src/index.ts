export { load, type Terminal } from './load.js';
