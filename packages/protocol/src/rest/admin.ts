import * as z from 'zod';
import { meetingCodeSchema } from '../ids.js';
import { apiKeySchema } from './api-keys.js';
import { pageOf, pageQuerySchema } from './paging.js';
import { webhookDeliverySchema, webhookSchema } from './webhooks.js';

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

export const serverNodeSchema = z.object({
  id: z.string(),
  /** `api`: a Server API; `ws`: a Server WS; `media`: a media worker of the Server WS `ownerId`. */
  kind: z.enum(['api', 'ws', 'media']),
  ownerId: z.string().nullable(),
  /** Name of its host; null: not known. */
  host: z.string().nullable(),
  /** Of a media node, as announced to clients: `address:port`. */
  addresses: z.array(z.string()),
  version: z.string().nullable(),
  startedAt: z.iso.datetime().nullable(),
  state: z.enum(['serving', 'draining']),
  /** Share of its core, 0-1; of a Server WS, that of its busiest media worker. Null: has none. */
  load: z.number().nullable(),
  /** With participants at home there; of a Server WS only. */
  rooms: z.number().int().nullable(),
  participants: z.number().int().nullable(),
  /** Of a media node only. */
  transports: z.number().int().nullable(),
});
export type ServerNode = z.infer<typeof serverNodeSchema>;
export const serverNodesPageSchema = pageOf(serverNodeSchema);

/** A meeting with participants in its call. */
export const liveMeetingSchema = z.object({
  code: meetingCodeSchema,
  title: z.string(),
  /** In the call now, hidden ones aside. */
  participants: z.number().int(),
  /** The beginning of the call. */
  since: z.iso.datetime(),
  /** Server WS nodes with the sockets, and media nodes with the streams. */
  homeNodes: z.array(z.string()),
  mediaNodes: z.array(z.string()),
});
export type LiveMeeting = z.infer<typeof liveMeetingSchema>;
export const liveMeetingsPageSchema = pageOf(liveMeetingSchema);

export const usersQuerySchema = pageQuerySchema.extend({
  /** A part of the name or address, in any case. */
  search: z.string().trim().min(1).max(100).optional(),
});
export type UsersQuery = z.output<typeof usersQuerySchema>;

export const listedUserSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  emailVerified: z.boolean(),
  name: z.string(),
  administrator: z.boolean(),
  /** Null: not disabled. */
  disabledAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type ListedUser = z.infer<typeof listedUserSchema>;
export const listedUsersPageSchema = pageOf(listedUserSchema);

export const disableUserRequestSchema = z.strictObject({ disabled: z.boolean() });

const ownerSchema = z.object({ id: z.uuid(), name: z.string(), email: z.string() });

export const ownedApiKeySchema = apiKeySchema.extend({
  /** Null: a key of the server's settings. */
  owner: ownerSchema.nullable(),
});
export type OwnedApiKey = z.infer<typeof ownedApiKeySchema>;
export const ownedApiKeysPageSchema = pageOf(ownedApiKeySchema);

export const ownedWebhookSchema = webhookSchema.omit({ url: true }).extend({
  /** Of its URL: scheme, host and port. Path and query may hold secrets. */
  origin: z.string(),
  /** Null: an API key of the server's settings. */
  owner: ownerSchema.nullable(),
  /** Attempts that failed since the last success. */
  failures: z.number().int(),
  /** Nothing is sent before; null: not suspended. */
  suspendedUntil: z.iso.datetime().nullable(),
});
export type OwnedWebhook = z.infer<typeof ownedWebhookSchema>;
export const ownedWebhooksPageSchema = pageOf(ownedWebhookSchema);

export const deliveriesQuerySchema = pageQuerySchema.extend({
  state: webhookDeliverySchema.shape.state.optional(),
});
export type DeliveriesQuery = z.output<typeof deliveriesQuerySchema>;

export const switchWebhookRequestSchema = z.strictObject({ enabled: z.boolean() });

export const storageSchema = z.object({
  database: z.enum(['embedded', 'postgresql']),
  bytes: z.number().int(),
  /** The largest first. */
  tables: z.array(
    z.object({
      name: z.string(),
      /** With indexes. */
      bytes: z.number().int(),
      /** Of a large table, the last estimate of the database; null: it has none. */
      rows: z.number().int().nullable(),
      /**
       * Of a table whose rows are deleted by age: the moment from which the age of its oldest row
       * counts, its creation or its expiry. Null: it has none.
       */
      oldest: z.iso.datetime().nullable().optional(),
    }),
  ),
  /** Pictures of accounts; null: their storage does not answer. */
  avatars: z
    .object({
      count: z.number().int(),
      bytes: z.number().int(),
      /** False: there are more, which were not counted. */
      complete: z.boolean(),
    })
    .nullable()
    .optional(),
  /** Files of the chat, and the bytes that they may have together. */
  files: z.object({ count: z.number().int(), bytes: z.number().int(), most: z.number().int() }).optional(),
});
export type Storage = z.infer<typeof storageSchema>;
