import * as z from 'zod';
import { idSchema, meetingCodeSchema } from '../ids.js';
import { leaveReasonSchema, roleSchema } from '../room.js';
import { meetingSchema } from './meetings.js';
import { pageOf } from './paging.js';

const participant = z.object({ id: idSchema, userId: z.uuid().nullable(), name: z.string(), role: roleSchema });
const code = meetingCodeSchema;

/**
 * The payload by event type. `meeting.started`: the first participant has joined. `meeting.ended`:
 * the last one has left.
 */
export const webhookEventData = {
  'meeting.created': z.object({ meeting: meetingSchema }),
  'meeting.updated': z.object({ meeting: meetingSchema }),
  'meeting.archived': z.object({ meeting: meetingSchema }),
  'meeting.started': z.object({ code }),
  'meeting.ended': z.object({ code }),
  'participant.joined': z.object({ code, participant, joinedAt: z.iso.datetime() }),
  'participant.left': z.object({ code, participant, leftAt: z.iso.datetime(), reason: leaveReasonSchema }),
} as const satisfies Record<string, z.ZodType>;
export type WebhookEventType = keyof typeof webhookEventData;
export type WebhookEventData<T extends WebhookEventType> = z.output<(typeof webhookEventData)[T]>;

export const webhookEventTypeSchema = z.enum(
  Object.keys(webhookEventData) as [WebhookEventType, ...WebhookEventType[]],
);

/** A later server has types that this version does not know; a list with them is read all the same. */
const shownEventTypeSchema = z.union([webhookEventTypeSchema, z.string().max(64)]);

/** The body of a webhook, and the answer of `GET /v1/webhook-events`. `data` by `type`. */
export const webhookEventSchema = z.object({
  /** The same for every delivery attempt, also in the header `webhook-id`: process each id once. */
  id: z.string(),
  type: webhookEventTypeSchema,
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});
export type WebhookEvent = z.infer<typeof webhookEventSchema>;
export const webhookEventsPageSchema = pageOf(webhookEventSchema);

export const webhookSchema = z.object({
  id: z.uuid(),
  url: z.url(),
  /** Empty: all. */
  events: z.array(shownEventTypeSchema),
  enabled: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type Webhook = z.infer<typeof webhookSchema>;
export const webhooksPageSchema = pageOf(webhookSchema);

const webhookUrl = z.url({ protocol: /^https?$/ }).max(2048);
const events = z.array(webhookEventTypeSchema).max(webhookEventTypeSchema.options.length);
export const createWebhookRequestSchema = z.strictObject({ url: webhookUrl, events: events.default([]) });
/** `secret` signs every delivery (standardwebhooks.com). Shown once. */
export const createWebhookResponseSchema = z.object({ webhook: webhookSchema, secret: z.string() });
export const updateWebhookRequestSchema = z.strictObject({
  url: webhookUrl.optional(),
  events: events.optional(),
  enabled: z.boolean().optional(),
});
export const webhookResponseSchema = z.object({ webhook: webhookSchema });

/**
 * The reason why an attempt got no answer. `name`: the host's name has no address; `address`: it is
 * not public; `certificate`: TLS failed; `timeout`: no answer within 10 seconds.
 */
export const webhookFailureSchema = z.enum(['name', 'address', 'unreachable', 'certificate', 'timeout']);
export type WebhookFailure = z.infer<typeof webhookFailureSchema>;

export const webhookDeliverySchema = z.object({
  eventId: z.string(),
  type: shownEventTypeSchema,
  /** `failed`: given up after three days. */
  state: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.number().int().nonnegative(),
  /** Of the last attempt; null: no answer, or no attempt yet. */
  lastStatus: z.number().int().nullable(),
  /** Of the last attempt without an answer; null: it got one, or there was none yet. */
  lastError: webhookFailureSchema.nullable().optional(),
  nextAttemptAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>;
export const webhookDeliveriesPageSchema = pageOf(webhookDeliverySchema);
