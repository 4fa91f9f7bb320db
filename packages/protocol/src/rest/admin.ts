import * as z from 'zod';

/** A setting in force in the process that answers. */
export const settingInForceSchema = z.object({
  /** Of the environment variable. */
  name: z.string(),
  /** Null: not set, or a secret. */
  value: z.string().nullable(),
  /** Its value leaves the server in no form: `source` shows whether it is set. */
  secret: z.boolean(),
  source: z.enum(['environment', 'default']),
});
export type SettingInForce = z.infer<typeof settingInForceSchema>;

export const settingsInForceSchema = z.object({
  /** Of the process that answers. */
  version: z.string().nullable(),
  settings: z.array(settingInForceSchema),
});
export type SettingsInForce = z.infer<typeof settingsInForceSchema>;
