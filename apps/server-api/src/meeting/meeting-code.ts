import { randomInt } from 'node:crypto';
import { MEETING_CODE_ALPHABET, meetingCodeSchema } from '@waterbus/protocol';

/** A new code, such as `abc-defg-hjk`. */
export function newMeetingCode(): string {
  return [3, 4, 3].map((length) => Array.from({ length }, randomLetter).join('')).join('-');
}

/** The stored form of a code, typed in any letter case; undefined when it is not a valid code. */
export function readMeetingCode(text: string): string | undefined {
  const parsed = meetingCodeSchema.safeParse(text.trim().toLowerCase());
  return parsed.success ? parsed.data : undefined;
}

function randomLetter(): string {
  return MEETING_CODE_ALPHABET.charAt(randomInt(MEETING_CODE_ALPHABET.length));
}
