import { z } from 'zod';

/** What a server's settings allow. */
export const serverOfferSchema = z.object({
  /**
   * Who may make an account. `provider`: who signs in through an identity provider. `invited`: also who shows an invitation to a
   * meeting, or whose invited address an identity provider has verified.
   */
  registration: z.enum(['open', 'provider', 'invited', 'closed']),
  /** `keys`: API keys of the server's settings only. */
  meetingCreation: z.enum(['everybody', 'accounts', 'keys']),
  /** Whether people without an account may join. */
  guests: z.boolean(),
  /** Whether it sends mail. */
  mail: z.boolean(),
});
export type ServerOffer = z.infer<typeof serverOfferSchema>;
