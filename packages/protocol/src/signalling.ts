import { z } from 'zod';
import {
  consumerLayersSchema,
  consumerPreferencesSchema,
  MOST_PREFERENCES,
  participantQualitySchema,
} from './adaptive.js';
import type { ErrorCode } from './errors.js';
import { idSchema } from './ids.js';
import { grantsSchema } from './join-token.js';
import {
  dtlsParametersSchema,
  iceParametersSchema,
  mediaKindSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  transportParametersSchema,
  videoCodecSettingSchema,
} from './media.js';
import { meetingEventSchema } from './meeting-events.js';
import { roomEventSchema, roomSnapshotSchema, sourceSchema } from './room.js';

/** Path of the Socket.IO endpoint on every Server WS. Transport: WebSocket only. */
export const SIGNALLING_PATH = '/signal';

/** Raised for changes after which client and server could misunderstand each other. */
export const PROTOCOL_VERSION = 1;

/**
 * The answer, once, to the `join` request in the payload of the Socket.IO connect packet
 * (`auth.join`), as a `Reply`. In the payload the request needs no round trip of its own.
 */
export const JOINED_EVENT = 'joined';

/** Milliseconds after which the server closes a socket that has not joined. */
export const JOIN_DEADLINE = 10_000;

const empty = z.strictObject({});

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
  /** The snapshot, after a gap in versions (R1). */
  sync: { request: empty, response: z.object({ room: roomSnapshotSchema }) },
  /**
   * Capabilities of the routers on this media node for this room, for `Device.load`. The same on
   * every media node.
   */
  capabilities: { request: empty, response: z.object({ rtpCapabilities: rtpCapabilitiesSchema }) },
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
   * Of a receiving transport: the share of the pictures of the last seconds that the receiver could
   * not show in time.
   */
  'transport.report': {
    request: z.strictObject({ transportId: idSchema, framesDropped: z.number().min(0).max(1) }),
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
  'consumer.close': { request: z.strictObject({ consumerId: idSchema }), response: empty },
  /**
   * How the receiver shows the pictures of these consumers from now on, which decides the layers
   * that the server sends. Closed consumers are ignored. A preference applies to the consumer, not
   * to the stream: a new consumer of the same stream needs it again.
   */
  'consumer.setPreferences': {
    request: z.strictObject({ consumers: z.array(consumerPreferencesSchema).min(1).max(MOST_PREFERENCES) }),
    response: empty,
  },
  leave: { request: empty, response: empty },
} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

export type ClientRequestName = keyof typeof clientRequests;
/** The request of a client (defaults not filled in). */
export type ClientRequest<N extends ClientRequestName> = z.input<(typeof clientRequests)[N]['request']>;
export type ClientResponse<N extends ClientRequestName> = z.output<(typeof clientRequests)[N]['response']>;

/** Every acknowledgement: data, or a coded error. */
export type Reply<T> = { ok: true; data: T } | { ok: false; error: { code: ErrorCode; detail?: string } };

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
   * empty when nobody speaks any more. Before the first event nobody speaks.
   */
  activeSpeakers: z.object({
    speakers: z.array(z.object({ participantId: idSchema, level: z.int().min(-127).max(0) })).max(8),
  }),
  /** The last event before the server ends this session; do not resume. */
  ended: z.object({ reason: z.enum(['left', 'kicked', 'replaced', 'room-closed', 'waiting-room', 'expired']) }),
  /** The server is shutting down: connect again (to any node) and resume. */
  moving: z.object({ reason: z.literal('server-draining') }),
  /** The server has stopped draining: a client that has not moved can stay (R10). */
  staying: z.object({}),
} as const satisfies Record<string, z.ZodType>;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEvent<N extends ServerEventName> = z.output<(typeof serverEvents)[N]>;

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
    iceServers: z.array(
      z.object({ urls: z.array(z.string()), username: z.string().optional(), credential: z.string().optional() }),
    ),
    /** The meeting's setting; left out: `auto`. Changes are announced with `meeting.updated`. */
    videoCodec: videoCodecSettingSchema.optional(),
    /**
     * The media of the request's `media` that the server could open at once; the client requests
     * the rest. Pictures need no `consumer.resume`.
     */
    media: z
      .object({ send: openedTransport.optional(), receive: z.array(openedTransport.extend({ consumers })) })
      .optional(),
  });
}
