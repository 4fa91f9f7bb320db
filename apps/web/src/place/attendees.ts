import type { Attendance } from '@waterbus/client';

export interface Attendee {
  key: string;
  name: string;
  stays: Attendance[];
  /** Milliseconds in the call, stays on two devices at once counted once. */
  time: number;
}

/**
 * The stays by person, in the order of the first joining: those of one account together. Guests of
 * one name may be several people, and stay apart.
 *
 * @param now Milliseconds since 1970: the end of a stay that is going on.
 */
export function attendees(stays: readonly Attendance[], now: number): Attendee[] {
  const found = new Map<string, Attendee>();
  for (const stay of stays) {
    const key = stay.userId ?? stay.participantId;
    const attendee = found.get(key) ?? { key, name: stay.name, stays: [], time: 0 };
    attendee.stays.push(stay);
    found.set(key, attendee);
  }
  for (const attendee of found.values()) attendee.time = timeOf(attendee.stays, now);
  return [...found.values()];
}

function timeOf(stays: readonly Attendance[], now: number): number {
  let time = 0;
  let counted = 0;
  for (const { joinedAt, leftAt } of stays) {
    const from = Math.max(Date.parse(joinedAt), counted);
    const to = leftAt === null ? now : Date.parse(leftAt);
    if (to <= from) continue;
    time += to - from;
    counted = to;
  }
  return time;
}
