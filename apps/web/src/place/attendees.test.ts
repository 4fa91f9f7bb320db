import type { Attendance } from '@waterbus/client';
import { expect, it } from 'vitest';
import { attendees } from './attendees.js';

const minute = (at: number) => new Date(at * 60_000).toISOString();
let ids = 0;
const stay = (name: string, from: number, to: number | null, userId: string | null = null): Attendance => {
  ids += 1;
  return {
    participantId: `p${ids}`,
    name,
    userId,
    role: 'guest',
    joinedAt: minute(from),
    leftAt: to === null ? null : minute(to),
  };
};

it('joins the stays of an account, and counts two devices at once as one', () => {
  const found = attendees(
    [stay('Ada', 0, 10, 'ada'), stay('Ben', 1, 5), stay('Ada', 5, 12, 'ada'), stay('Ada', 20, null, 'ada')],
    30 * 60_000,
  );
  expect(found.map(({ name, stays, time }) => [name, stays.length, time / 60_000])).toEqual([
    ['Ada', 3, 22],
    ['Ben', 1, 4],
  ]);
});

it('keeps guests of one name apart', () => {
  expect(attendees([stay('Guest', 0, 1), stay('Guest', 0, 2)], 0)).toHaveLength(2);
});
