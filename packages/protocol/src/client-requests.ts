import * as z from 'zod';
import { consumerPreferencesSchema, MOST_PREFERENCES } from './adaptive.js';
import { dataRequestSchema } from './data-messages.js';
import { idSchema } from './ids.js';
import { grantsSchema } from './join-token.js';
import {
  dtlsParametersSchema,
  iceParametersSchema,
  iceServersSchema,
  mediaKindSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  transportParametersSchema,
  videoCodecSettingSchema,
} from './media.js';
import { participantMetadataSchema } from './participant-metadata.js';
import { reactionSchema } from './reactions.js';
import { mediaWaySchema } from './rest/quality.js';
import { roomSnapshotSchema, sourceSchema } from './room.js';

const empty = z.strictObject({});

/** Maximum number of hands that one request lowers. */
export const MOST_HANDS = 100;

const openedTransport = z.object({ mediaNodeId: idSchema, transport: transportParametersSchema });

const consumers = z.array(
  z.object({
    id: idSchema,
    producerId: idSchema,
    participantId: idSchema,
    source: sourceSchema,
    kind: mediaKindSchema,
    rtpParameters: rtpParametersSchema,
  }),
);

/**
 * Requests from client to server. Each is one Socket.IO event with the request as its only argument
 * and an acknowledgement that carries `Reply`. The first request on a socket is `join` or `resume`.
 */
export const clientRequests = {
  join: {
    request: z.strictObject({
      token: z.string().max(4096),
      protocolVersion: z.number().int(),
      /**
       * Resume token of this client's previous participant: if its home is dead, the room need not
       * show both until the lease expires.
       */
      formerly: z.string().max(4096).optional(),
      /**
       * The media that a client otherwise requests right after the join; `media` in the answer
       * holds the opened objects.
       */
      media: z
        .strictObject({
          /** A transport for sending. */
          send: z.boolean().default(false),
          /**
           * Transports to the media nodes of the room, and consumers on them, for a receiver with
           * these capabilities. They are the device's own capabilities, so their payload types and
           * extension ids have no meaning.
           */
          receive: rtpCapabilitiesSchema.optional(),
        })
        .optional(),
    }),
    response: joinedSchema(),
  },
  /**
   * Continues as the same participant from a new socket; transports and producers remain. Raises
   * the epoch (R3).
   */
  resume: {
    request: z.strictObject({ resumeToken: z.string().max(4096), protocolVersion: z.number().int() }),
    response: joinedSchema(),
  },
  /**
   * The participant that the user has pinned, null: nobody. Of interest for this user alone: when
   * the call moves to another device, `pinned` of its answer to `join` names that participant.
   */
  pin: { request: z.strictObject({ participantId: idSchema.nullable() }), response: empty },
  /** The snapshot, after a gap in versions (R1). */
  sync: { request: empty, response: z.object({ room: roomSnapshotSchema }) },
  /**
   * Capabilities of the routers on this media node for this room, for `Device.load`. The same on
   * every media node.
   */
  capabilities: { request: empty, response: z.object({ rtpCapabilities: rtpCapabilitiesSchema }) },
  /** Fresh ones for new and restarted transports: the credentials of *joined* expire. */
  iceServers: { request: empty, response: z.object({ iceServers: iceServersSchema }) },
  'transport.open': {
    request: z.strictObject({
      /**
       * `send`: leave `mediaNodeId` out and the server places the transport. `receive`: the node
       * that holds the producers (R9).
       */
      direction: z.enum(['send', 'receive']),
      mediaNodeId: idSchema.optional(),
    }),
    response: openedTransport,
  },
  'transport.connect': {
    request: z.strictObject({ transportId: idSchema, dtlsParameters: dtlsParametersSchema }),
    response: empty,
  },
  'transport.restartIce': {
    request: z.strictObject({ transportId: idSchema }),
    response: z.object({ iceParameters: iceParametersSchema }),
  },
  /**
   * The client's own ICE credentials, once it is connected and after each restart: the media node
   * checks with them where the client receives, and follows it to another address at once.
   */
  'transport.credentials': {
    request: z.strictObject({ transportId: idSchema, iceParameters: iceParametersSchema }),
    response: empty,
  },
  /**
   * Of a receiving transport: the share of the pictures of the last seconds that the receiver could
   * not show in time.
   */
  'transport.report': {
    request: z.strictObject({ transportId: idSchema, framesDropped: z.number().min(0).max(1) }),
    response: empty,
  },
  /**
   * What the participant saw since its last report, once a minute: freezes of pictures (W3C
   * webrtc-stats: `freezeCount`, and `totalFreezesDuration` in milliseconds), the height of the
   * tallest picture, and the slowest way of its media. For the history of the call's quality.
   */
  'quality.report': {
    request: z.strictObject({
      freezes: z.int().min(0).max(10_000),
      freezeTime: z.number().min(0).max(3_600_000),
      frameHeight: z.int().min(0).max(16_384),
      way: mediaWaySchema.optional(),
    }),
    response: empty,
  },
  'transport.close': { request: z.strictObject({ transportId: idSchema }), response: empty },
  produce: {
    request: z.strictObject({
      transportId: idSchema,
      kind: mediaKindSchema,
      source: sourceSchema,
      rtpParameters: rtpParametersSchema,
      paused: z.boolean().default(false),
      /**
       * An own producer of the same source, on another media node, whose stream this one continues
       * (R10). Close it some seconds later.
       */
      replaces: idSchema.optional(),
      /**
       * The same picture in another codec, for participants that cannot decode the first. It is
       * muted and stopped with the first one, and both count as one producer.
       */
      alternative: z.literal(true).optional(),
    }),
    response: z.object({ producerId: idSchema }),
  },
  'producer.pause': { request: z.strictObject({ producerId: idSchema }), response: empty },
  'producer.resume': { request: z.strictObject({ producerId: idSchema }), response: empty },
  'producer.close': { request: z.strictObject({ producerId: idSchema }), response: empty },
  /**
   * The current number of receivers of an own producer. A client that has published the same
   * elsewhere (`replaces`) ends the old producer when it has no receivers (R10).
   */
  'producer.stats': {
    request: z.strictObject({ producerId: idSchema }),
    response: z.object({ consumers: z.int().nonnegative() }),
  },
  /**
   * Consumers for all producers of a participant on the transport's media node that have no
   * consumer on it yet. The client repeats the request when a producer is added; a repeated request
   * gives no duplicates. With `paused`, pictures wait for `consumer.resume`: a key frame that
   * arrives before the browser has negotiated the stream is lost, and the next one arrives half a
   * second later.
   */
  subscribe: {
    request: z.strictObject({
      participantId: idSchema,
      transportId: idSchema,
      rtpCapabilities: rtpCapabilitiesSchema,
      paused: z.boolean().default(false),
    }),
    response: z.object({ consumers }),
  },
  unsubscribe: { request: z.strictObject({ participantId: idSchema }), response: empty },
  /**
   * Stops and restarts forwarding of one stream to this participant (a tile out of sight, for
   * example).
   */
  'consumer.pause': { request: z.strictObject({ consumerId: idSchema }), response: empty },
  'consumer.resume': { request: z.strictObject({ consumerId: idSchema }), response: empty },
  /**
   * `gap`: another consumer carries the stream on (R10), and this one stood still for at most so many
   * milliseconds until then.
   */
  'consumer.close': {
    request: z.strictObject({ consumerId: idSchema, gap: z.int().min(0).max(60_000).optional() }),
    response: empty,
  },
  /**
   * How the receiver shows the pictures of these consumers from now on, which decides the layers
   * that the server sends. Closed consumers are ignored. A preference applies to the consumer, not
   * to the stream: a new consumer of the same stream needs it again.
   */
  'consumer.setPreferences': {
    request: z.strictObject({ consumers: z.array(consumerPreferencesSchema).min(1).max(MOST_PREFERENCES) }),
    response: empty,
  },
  /** To the others in the call that have a socket now, in the order of sending; not stored. */
  'data.send': { request: dataRequestSchema, response: empty },
  /** The whole metadata of this participant from now on. */
  'participant.setMetadata': {
    request: z.strictObject({ metadata: participantMetadataSchema }),
    response: empty,
  },
  /** Raises the own hand; a hand that is up keeps its time. */
  'hand.raise': { request: empty, response: empty },
  /**
   * Lowers the own hand, or as a moderator the hands of these participants. Participants that have
   * left are ignored.
   */
  'hand.lower': {
    request: z.strictObject({ participantIds: z.array(idSchema).min(1).max(MOST_HANDS).optional() }),
    response: empty,
  },
  /**
   * As a moderator, makes this participant large for all instead of any other; null: nobody.
   */
  spotlight: { request: z.strictObject({ participantId: idSchema.nullable() }), response: empty },
  /** Shows a reaction to all for some seconds. */
  react: { request: z.strictObject({ emoji: reactionSchema }), response: empty },
  leave: { request: empty, response: empty },
} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

export type ClientRequestName = keyof typeof clientRequests;
/** The request of a client (defaults not filled in). */
export type ClientRequest<N extends ClientRequestName> = z.input<(typeof clientRequests)[N]['request']>;
export type ClientResponse<N extends ClientRequestName> = z.output<(typeof clientRequests)[N]['response']>;

/** The media that a joining client requests with its join, after parsing. */
export type JoinRequestMedia = NonNullable<z.output<(typeof clientRequests)['join']['request']>['media']>;

export type JoinedResponse = z.output<ReturnType<typeof joinedSchema>>;

function joinedSchema() {
  return z.object({
    participantId: idSchema,
    /**
     * For `resume`, valid while the participant is in the room and for `graceTime` after the loss
     * of its socket.
     */
    resumeToken: z.string(),
    /** Milliseconds that a participant without a socket stays in the room. */
    graceTime: z.number().int().positive(),
    grants: grantsSchema,
    room: roomSnapshotSchema,
    rtpCapabilities: rtpCapabilitiesSchema,
    iceServers: iceServersSchema,
    /** The meeting's setting; left out: `auto`. Changes are announced with `meeting.updated`. */
    videoCodec: videoCodecSettingSchema.optional(),
    /** The participant in the room that the user had pinned, here or on the former device. */
    pinned: idSchema.optional(),
    /**
     * The media of the request's `media` that the server could open at once; the client requests
     * the rest. Pictures need no `consumer.resume`.
     */
    media: z
      .object({ send: openedTransport.optional(), receive: z.array(openedTransport.extend({ consumers })) })
      .optional(),
  });
}
