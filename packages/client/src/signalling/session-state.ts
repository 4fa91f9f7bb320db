import type { ConnectionState } from '../api/call.js';

/**
 * The state of a signalling session.
 *
 * - `joining`: the first join.
 * - `live`: one socket serves.
 * - `moving`: the socket serves; its server requested a move to another one (R10).
 * - `handing-over`: another socket is resuming the session; the present one may end at any moment.
 * - `handing-over-anyway`: the same after the server withdrew its request.
 * - `handed-over`: the same after the end of the former socket.
 * - `changing`: the socket serves; another one is joining another room of the meeting.
 * - `resuming`: the socket is lost.
 * - `rejoining`: the participant has expired; another join with another participant.
 * - `ended`: final.
 */
export type SessionState =
  | 'joining'
  | 'live'
  | 'moving'
  | 'handing-over'
  | 'handing-over-anyway'
  | 'handed-over'
  | 'changing'
  | 'resuming'
  | 'rejoining'
  | 'ended';

/**
 * - `entered`: a new socket took over.
 * - `lost`: the session's socket has ended by itself.
 * - `move`, `stay`: the server requests a move, or withdraws the request.
 * - `resume`: another socket is open and is about to send its request.
 * - `change`: the user goes to another room.
 * - `refused`: that socket failed.
 * - `unknown`: the servers do not know the participant.
 * - `expired`, `replaced`, `removed`: the servers ended the participant.
 * - `given-up`: joining or reconnecting has failed permanently.
 * - `leave`: the user leaves.
 */
export type SessionEvent =
  | 'entered'
  | 'lost'
  | 'move'
  | 'stay'
  | 'resume'
  | 'change'
  | 'refused'
  | 'unknown'
  | 'expired'
  | 'replaced'
  | 'removed'
  | 'given-up'
  | 'leave';

/** The state after an event. An event without a transition leaves the state as it is. */
export function next(state: SessionState, event: SessionEvent): SessionState {
  return TRANSITIONS[state][event] ?? state;
}

/** The public state. */
export const CONNECTION: Record<SessionState, ConnectionState> = {
  joining: 'connecting',
  live: 'connected',
  moving: 'connected',
  'handing-over': 'connected',
  'handing-over-anyway': 'connected',
  'handed-over': 'connected',
  changing: 'connected',
  resuming: 'reconnecting',
  rejoining: 'reconnecting',
  ended: 'closed',
};

/**
 * The work of the session in each state. States with the same work share its attempts; with
 * another work, the attempts of the former one end.
 */
export const WORK: Record<SessionState, 'join' | 'move' | 'change' | 'reconnect' | undefined> = {
  joining: 'join',
  live: undefined,
  moving: 'move',
  'handing-over': 'move',
  'handing-over-anyway': 'move',
  'handed-over': 'move',
  changing: 'change',
  resuming: 'reconnect',
  rejoining: 'reconnect',
  ended: undefined,
};

/** Whether the session has a socket; in the other states, it closes the one that it had. */
export function hasSocket(state: SessionState): boolean {
  return state === 'live' || state === 'moving' || state === 'changing' || isHandingOver(state);
}

/** Another socket takes over: answers and events of the present one may be out of date. */
export function isHandingOver(state: SessionState): boolean {
  return state === 'handing-over' || state === 'handing-over-anyway';
}

const TRANSITIONS: Record<SessionState, Partial<Record<SessionEvent, SessionState>>> = {
  joining: { entered: 'live', 'given-up': 'ended', leave: 'ended' },
  live: {
    lost: 'resuming',
    move: 'moving',
    change: 'changing',
    expired: 'rejoining',
    replaced: 'ended',
    removed: 'ended',
    leave: 'ended',
  },
  moving: {
    lost: 'resuming',
    stay: 'live',
    resume: 'handing-over',
    change: 'changing',
    expired: 'rejoining',
    replaced: 'ended',
    removed: 'ended',
    leave: 'ended',
  },
  // `replaced` is no transition: the former server reports that the session's own successor has
  // replaced it.
  'handing-over': {
    entered: 'live',
    lost: 'handed-over',
    stay: 'handing-over-anyway',
    refused: 'moving',
    expired: 'rejoining',
    removed: 'ended',
    leave: 'ended',
  },
  'handing-over-anyway': {
    entered: 'live',
    lost: 'handed-over',
    move: 'handing-over',
    refused: 'live',
    expired: 'rejoining',
    removed: 'ended',
    leave: 'ended',
  },
  'handed-over': { entered: 'live', refused: 'resuming', removed: 'ended', leave: 'ended' },
  changing: {
    entered: 'live',
    refused: 'live',
    lost: 'resuming',
    expired: 'rejoining',
    replaced: 'ended',
    removed: 'ended',
    leave: 'ended',
  },
  resuming: {
    entered: 'live',
    unknown: 'rejoining',
    replaced: 'ended',
    removed: 'ended',
    'given-up': 'ended',
    leave: 'ended',
  },
  rejoining: { entered: 'live', replaced: 'ended', removed: 'ended', 'given-up': 'ended', leave: 'ended' },
  ended: {},
};
