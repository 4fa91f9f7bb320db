import { CodedError, type CreateMeetingRequest } from '@waterbus/protocol';
import type { MeetingRow } from '../database/schema.js';

type Scheduled = Pick<MeetingRow, 'scheduledStart' | 'schedule'>;

/**
 * The stored start and schedule after a change; fields that it does not name stay. A schedule ends
 * with its start. Rejects with `request.invalid` for a schedule without a start.
 */
export function scheduleOf(
  { scheduledStart, schedule }: Partial<Pick<CreateMeetingRequest, 'scheduledStart' | 'schedule'>>,
  before: Scheduled,
): Scheduled {
  const start = scheduledStart === undefined ? before.scheduledStart : scheduledStart && new Date(scheduledStart);
  if (!start) {
    if (schedule) throw new CodedError('request.invalid', 'a schedule needs scheduledStart');
    return { scheduledStart: null, schedule: null };
  }
  return { scheduledStart: start, schedule: schedule === undefined ? before.schedule : schedule };
}
