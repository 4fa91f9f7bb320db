import type { GetMeetingResponse } from '@waterbus/client';
import { remembered } from './remembered.js';

/** Whether this reader sees the meeting's page outside of its call: a member, or its host. */
export function hasPlace({ code, membership }: GetMeetingResponse['meeting']): boolean {
  return membership?.state === 'joined' || remembered.hostToken(code) !== undefined;
}
