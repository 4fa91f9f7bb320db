import * as z from 'zod';
import { consumerLayersSchema, participantQualitySchema } from './adaptive.js';
import { dataMessageSchema } from './data-messages.js';
import { idSchema } from './ids.js';
import { grantsSchema } from './join-token.js';
import { meetingEventSchema } from './meeting-events.js';
import { reactionsSchema } from './reactions.js';
import { roomEventSchema } from './room.js';

/** Events from server to client, one argument each, not acknowledged. */
export const serverEvents = {
  /** A change of the room (R1, R2), including changes that this client caused. */
  room: roomEventSchema,
  /** A transport is closed: open another one. */
  'transport.closed': z.object({
    transportId: idSchema,
    reason: z.enum([
      'ice-timeout',
      'consent-expired',
      'dtls-failed',
      'dtls-closed',
      'router-closed',
      // For seconds, more media arrived than any browser sends.
      'flooding',
      // A fault of the media node that concerned this transport only.
      'internal-error',
      // The participant may not receive (R7): open no other one.
      'not-granted',
    ]),
  }),
  'consumer.closed': z.object({ consumerId: idSchema, reason: z.string() }),
  /** The current layers of these pictures, and the cause that limits them. */
  'consumer.layers': z.object({ consumers: z.array(consumerLayersSchema) }),
  /**
   * No receiver uses more of an own producer than this spatial layer (−1: nothing): the layers
   * above need not be encoded.
   */
  'producer.wanted': z.object({ producerId: idSchema, spatial: z.int().min(-1) }),
  /**
   * For seconds, no media of an own unpaused producer has arrived (`arriving: false`), or media
   * arrive again.
   */
  'producer.arriving': z.object({ producerId: idSchema, arriving: z.boolean() }),
  /** The current connection quality of these participants. For all others the last value holds. */
  quality: z.object({ participants: z.array(participantQualitySchema) }),
  /**
   * A media worker crashed: its transports, producers and consumers are lost. Publish and subscribe
   * again (R11).
   */
  'mediaNode.lost': z.object({ mediaNodeId: idSchema }),
  /**
   * A media node drains, or (`draining: false`) has stopped draining. A client that sends through
   * it publishes the same again on another one, with `replaces` for each producer (R10). `later`:
   * the client continues as before until it receives this event without `later`, because every
   * participant of a room notices a move.
   */
  'mediaNode.draining': z.object({ mediaNodeId: idSchema, draining: z.boolean(), later: z.literal(true).optional() }),
  /**
   * The media node of this sending transport is overloaded: send the same through another one,
   * make-before-break as when a node drains. The request is optional: a client that cannot move
   * stays.
   */
  'transport.leave': z.object({ transportId: idSchema }),
  /**
   * The current permissions of this client (R7). The server closes producers that are no longer
   * permitted.
   */
  grants: grantsSchema,
  /**
   * An event of the meeting other than the room's: chat, settings, people who wait for admission.
   */
  meeting: meetingEventSchema,
  /**
   * The active speakers: the one who speaks to the others first, the rest by level (dBov). Emitted
   * when a participant starts or stops speaking or the first speaker changes, at most every 300 ms;
   * empty when no participant speaks any more, as before the first event.
   */
  activeSpeakers: z.object({
    speakers: z.array(z.object({ participantId: idSchema, level: z.int().min(-127).max(0) })).max(8),
  }),
  /** A message of another participant to this one, alone or among others. */
  data: dataMessageSchema,
  /** Reactions of participants, own ones included; live only. */
  reactions: reactionsSchema,
  /** The last event before the server ends this session; do not resume. */
  ended: z.object({ reason: z.enum(['left', 'kicked', 'replaced', 'room-closed', 'waiting-room', 'expired']) }),
  /** The server is shutting down: connect again (to any node) and resume. */
  moving: z.object({ reason: z.literal('server-draining') }),
  /** The server has stopped draining: a client that has not moved can stay (R10). */
  staying: z.object({}),
} as const satisfies Record<string, z.ZodType>;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEvent<N extends ServerEventName> = z.output<(typeof serverEvents)[N]>;
