import { z } from 'zod';
import { accountList, flag, integer } from './setting-types.js';

/** The groups that may register, create meetings and join, and the administrators. */
export interface OpeningSettings {
  opening: {
    registration: 'open' | 'provider' | 'invited' | 'closed';
    meetingCreation: 'everybody' | 'accounts' | 'keys';
    guests: boolean;
  };
  /** Days after its last use for which a meeting without an owner is kept. */
  ownerlessMeetingDays: number;
  /** Addresses in lower case, or ids, of accounts. */
  administrators: string[];
}

/** A hundred years: longer is a typing mistake. */
const MOST_DAYS = 36_500;

/** The environment variables of these settings. */
export const openingEnvironment = {
  REGISTRATION: oneOf('open', 'provider', 'invited', 'closed').default('open'),
  MEETING_CREATION: oneOf('everybody', 'accounts', 'keys').default('everybody'),
  GUESTS: flag.default(true),
  OWNERLESS_MEETING_DAYS: integer(1, MOST_DAYS).default(90),
  ADMINS: accountList.default([]),
};

type Values = z.output<z.ZodObject<typeof openingEnvironment>>;

/** An address counts once the account has verified it, which needs mail or an identity provider. */
export function administratorProblems(
  values: Pick<Values, 'ADMINS'> & { SMTP_URL?: string; OIDC_ISSUER?: string },
): string[] {
  if (values.SMTP_URL || values.OIDC_ISSUER) return [];
  return values.ADMINS.filter((one) => one.includes('@')).map(
    (address) =>
      `ADMINS: nobody can verify ${address} without SMTP_URL or OIDC_ISSUER; name the account by its id instead`,
  );
}

export function openingOf(values: Values): OpeningSettings {
  return {
    opening: {
      registration: values.REGISTRATION,
      meetingCreation: values.MEETING_CREATION,
      guests: values.GUESTS,
    },
    ownerlessMeetingDays: values.OWNERLESS_MEETING_DAYS,
    administrators: values.ADMINS,
  };
}

function oneOf<const T extends [string, ...string[]]>(...words: T) {
  return z.enum(words, `must be one of ${words.join(', ')}`);
}
