import {
  CONNECTIVITY_REQUEST,
  clientRequests,
  connectivityAnswerSchema,
  connectivityRequestSchema,
  consumerLayersSchema,
  dataMessageSchema,
  idSchema,
  MOST_DATA_RECEIVERS,
  meetingEventSchema,
  meetingTopic,
  NODE_DRAIN,
  nodeDrainSchema,
  outsideTestMethods,
  participantQualitySchema,
  ROOM_COMMAND,
  reactionsSchema,
  resumeTokenClaimsSchema,
  roomCommandSchema,
  roomParticipantSchema,
  roomProducerSchema,
  type ServerEventName,
  serverEvents,
  videoCodecSchema,
  whipMethods,
} from '@waterbus/protocol';
import { z } from 'zod';
import { MOST_HANDED_OVER, mediaMethods, mediaTopics, pathTotalsSchema } from './media-contract.js';

/**
 * All messages on the bus to or from a Server WS node: a schema of the body and of the answer for
 * each method, and of the event for each topic. `serve.ts` parses bodies with it, `ask.ts` parses
 * answers, and the fuzzer of the bus generates its messages from it.
 */

/** No value: JSON has no undefined. */
const nothing = z.null().optional();

const homeSchema = z.object({ participantId: idSchema, nodeId: idSchema, epoch: z.number().nonnegative() });

const qualitySchema = participantQualitySchema.pick({ quality: true, limitation: true });

const mediaHandoverSchema = z.object({
  transports: z
    .array(
      z.object({
        id: idSchema,
        direction: z.enum(['send', 'receive']),
        mediaNodeId: idSchema,
        quality: qualitySchema.optional(),
        unintelligible: z.array(idSchema).max(MOST_HANDED_OVER).optional(),
      }),
    )
    .max(MOST_HANDED_OVER),
  producers: z
    .array(
      z.object({
        transportId: idSchema,
        producer: roomProducerSchema,
        wanted: z.int().min(-1).optional(),
        silent: z.boolean().optional(),
      }),
    )
    .max(MOST_HANDED_OVER),
  consumers: z
    .array(
      z.object({
        id: idSchema,
        transportId: idSchema,
        producerId: idSchema,
        participantId: idSchema,
        layers: consumerLayersSchema.optional(),
      }),
    )
    .max(MOST_HANDED_OVER),
  decodes: z.array(videoCodecSchema).max(videoCodecSchema.options.length).optional(),
  minute: z
    .object({
      since: z.number(),
      minute: z.int(),
      impairedSeconds: z.number().nonnegative(),
      serverSeconds: z.number().nonnegative().optional(),
      missingSeconds: z.number().nonnegative().optional(),
      missingPictures: z.number().nonnegative().optional(),
      isCut: z.boolean().optional(),
      worst: qualitySchema,
      totals: z.array(pathTotalsSchema).max(MOST_HANDED_OVER),
      report: clientRequests['quality.report'].request.optional(),
    })
    .optional(),
});

/** An event of the signalling protocol with its name. */
const namedEvent = z.union(
  keysOf(serverEvents).map((name) => z.tuple([z.literal(name), serverEvents[name]])),
) as z.ZodType<[ServerEventName, unknown]>;

const sessionHandoverSchema = z.object({
  identity: resumeTokenClaimsSchema.omit({ aud: true, jti: true, iat: true, exp: true }),
  media: mediaHandoverSchema,
  missed: z.array(namedEvent).max(MOST_HANDED_OVER),
  joinedAt: z.number(),
  marks: roomParticipantSchema.pick({ handRaisedAt: true, spotlitAt: true }).optional(),
  pinned: idSchema.optional(),
  home: homeSchema.optional(),
});

/** Methods of `Bus.request`. */
export const busMethods = {
  /** To a participant's home: a committed command of Server API about it. */
  [ROOM_COMMAND]: { body: roomCommandSchema, answer: nothing },
  /** To any Server WS: the servers with which a client of Server API tests its network. */
  [CONNECTIVITY_REQUEST]: { body: connectivityRequestSchema, answer: connectivityAnswerSchema },
  /** To any Server WS: an administrator starts or ends its drain. */
  [NODE_DRAIN]: { body: nodeDrainSchema, answer: nothing },
  /** To a participant's home: transfer it to the Server WS node `to`, which continues it. */
  'session.release': {
    body: z.object({ roomId: idSchema, participantId: idSchema, to: idSchema }),
    answer: sessionHandoverSchema,
  },
  /** To a participant's home: its client has joined anew, so the home need not keep it. */
  'session.succeeded': { body: z.object({ roomId: idSchema, participantId: idSchema }), answer: nothing },
  /** To a participant's home: the participant that it has pinned. */
  'session.pinned': {
    body: z.object({ roomId: idSchema, participantId: idSchema }),
    answer: z.object({ pinned: idSchema.nullable() }),
  },
  /** To a participant's home: move its streams on this transport to another media node. */
  'relief.move': { body: z.object({ transportId: idSchema }), answer: nothing },
  ...whipMethods,
  ...outsideTestMethods,
  ...mediaMethods,
} as const satisfies Record<string, BusMethodSchemas>;

export type BusMethod = keyof typeof busMethods;
/** The body that a requester sends, before defaults. */
export type BusQuestion<M extends BusMethod> = z.input<(typeof busMethods)[M]['body']>;
/** The body that a handler receives. */
export type BusBody<M extends BusMethod> = z.output<(typeof busMethods)[M]['body']>;
/** The answer of a handler. */
export type BusReply<M extends BusMethod> = z.input<(typeof busMethods)[M]['answer']>;
/** The answer that a requester receives. */
export type BusAnswer<M extends BusMethod> = z.output<(typeof busMethods)[M]['answer']>;

/** Topics of `Bus.publish`. `of`: the name of the topic for an id. */
export const busTopics = {
  ...mediaTopics,
  /** The current connection quality of participants, published by their homes. */
  quality: {
    of: (roomId: string) => `room.quality.${roomId}`,
    event: z.object({ participants: z.array(participantQualitySchema).max(MOST_HANDED_OVER) }),
  },
  /** Messages of participants, published by their homes; `to`: for these only. */
  data: {
    of: (roomId: string) => `room.data.${roomId}`,
    event: z.object({ message: dataMessageSchema, to: z.array(idSchema).max(MOST_DATA_RECEIVERS).optional() }),
  },
  /** Reactions, published by the homes of their participants. */
  reactions: { of: (roomId: string) => `room.reactions.${roomId}`, event: reactionsSchema },
  /** Events of a meeting other than its room's, published by Server API. */
  meeting: { of: meetingTopic, event: meetingEventSchema },
} as const;

export type BusTopic = keyof typeof busTopics;
export type BusEvent<T extends BusTopic> = z.output<(typeof busTopics)[T]['event']>;

interface BusMethodSchemas {
  body: z.ZodType;
  answer: z.ZodType;
}

function keysOf<K extends string>(table: Record<K, unknown>): K[] {
  return Object.keys(table) as K[];
}
