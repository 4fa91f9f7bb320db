/** Schemas of answers that most visits never read: pages load them with their first use. */
export {
  accountAuditEventsSchema,
  addedPasskeySchema,
  confirmedTotpSchema,
  newTotpSchema,
  passkeyOptionsSchema,
  passkeySchema,
  recoveryCodesSchema,
  secondFactorsSchema,
  signInResponseSchema,
} from '@waterbus/protocol';
