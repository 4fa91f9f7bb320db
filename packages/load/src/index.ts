export { Delays } from './figures/delays.js';
