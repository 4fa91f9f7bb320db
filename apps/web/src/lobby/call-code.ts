import '../styles/call.js';

/** The code of a call, which arrives while the user is in the lobby. */
export { join, listOwnParticipants } from '@waterbus/client';
export { CallPage } from '../call/call-page.js';
export { ConnectionNotice } from './connection-notice.js';
