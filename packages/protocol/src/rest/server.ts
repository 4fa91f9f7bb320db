import * as z from 'zod';

/** The offer of a server according to its settings. */
export const serverOfferSchema = z.object({
  /**
   * The persons that may create an account. `provider`: users who sign in through an identity provider.
   * `invited`: also users with an invitation to a meeting, or whose invited address an identity
   * provider has verified.
   */
  registration: z.enum(['open', 'provider', 'invited', 'closed']),
  /** `keys`: API keys of the server's settings only. */
  meetingCreation: z.enum(['everybody', 'accounts', 'keys']),
  /** Whether people without an account may join. */
  guests: z.boolean(),
  /** Whether the server sends mail. */
  mail: z.boolean(),
  /** Files in the chat; null: none. Absent from servers of an earlier version, which take none. */
  files: z
    .object({
      /** Bytes of one file. */
      largest: z.number().int().positive(),
      /** Ends of the permitted names, in lower case without the dot; empty: all. */
      types: z.array(z.string()),
    })
    .nullable()
    .optional(),
});
export type ServerOffer = z.infer<typeof serverOfferSchema>;

/** The restrictions of a server. */
export type Opening = Pick<ServerOffer, 'registration' | 'meetingCreation' | 'guests'>;
