import { z } from 'zod';
import { flag, integer } from './setting-types.js';

/** The groups that may register, create meetings and join. */
export interface OpeningSettings {
  opening: {
    registration: 'open' | 'provider' | 'invited' | 'closed';
    meetingCreation: 'everybody' | 'accounts' | 'keys';
    guests: boolean;
  };
  /** Days after its last use for which a meeting without an owner is kept. */
  ownerlessMeetingDays: number;
}

/** A hundred years: longer is a typing mistake. */
const MOST_DAYS = 36_500;

/** The environment variables of these settings. */
export const openingEnvironment = {
  REGISTRATION: oneOf('open', 'provider', 'invited', 'closed').default('open'),
  MEETING_CREATION: oneOf('everybody', 'accounts', 'keys').default('everybody'),
  GUESTS: flag.default(true),
  OWNERLESS_MEETING_DAYS: integer(1, MOST_DAYS).default(90),
};

type Values = z.output<z.ZodObject<typeof openingEnvironment>>;

export function openingOf(values: Values): OpeningSettings {
  return {
    opening: {
      registration: values.REGISTRATION,
      meetingCreation: values.MEETING_CREATION,
      guests: values.GUESTS,
    },
    ownerlessMeetingDays: values.OWNERLESS_MEETING_DAYS,
  };
}

function oneOf<const T extends [string, ...string[]]>(...words: T) {
  return z.enum(words, `must be one of ${words.join(', ')}`);
}
