/** The code of shared screens, which arrives with the first of them. */
export { OwnScreen } from './own-screen.js';
export { SharedScreen } from './shared-screen.js';
