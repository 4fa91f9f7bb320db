import * as z from 'zod';
import { storedNameSchema } from './names.js';

/**
 * A breakout room is a room of its own for Server WS. Its id is derived from the meeting's, so that
 * every server finds the meeting of a room without a question to another one.
 */
export const breakoutIdSchema = z.string().regex(/^[0-9a-f]{12}$/);

/** Within the limits of `idSchema`. */
export function breakoutRoomId(meetingId: string, breakoutId: string): string {
  return `${meetingId}.${breakoutId}`;
}

/** The meeting of a room: the id of its main room. */
export function meetingOfRoom(roomId: string): string {
  const end = roomId.indexOf('.');
  return end < 0 ? roomId : roomId.slice(0, end);
}

/** The breakout room that this room is; undefined: a meeting's main room. */
export function breakoutOfRoom(roomId: string): string | undefined {
  const end = roomId.indexOf('.');
  return end < 0 ? undefined : roomId.slice(end + 1);
}

/** Breakout rooms of a meeting at a time. */
export const FEWEST_BREAKOUTS = 2;
export const MOST_BREAKOUTS = 50;

/** Assignments in one event or request. */
export const MOST_ASSIGNMENTS = 100;

/** The open breakout rooms of a meeting. */
export const breakoutsSchema = z.object({
  rooms: z.array(z.object({ id: breakoutIdSchema, name: storedNameSchema })).max(MOST_BREAKOUTS),
  /** Participants choose their rooms; else moderators assign them. */
  choice: z.boolean(),
  openedAt: z.iso.datetime(),
  /** All return to the main room then; null: when a moderator closes the rooms. */
  endsAt: z.iso.datetime().nullable(),
  /** The server's time when this was sent: clients' clocks may be wrong. */
  now: z.iso.datetime(),
});
export type Breakouts = z.infer<typeof breakoutsSchema>;
