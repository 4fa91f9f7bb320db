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
import { roomEventSchema, roomSnapshotSchema, sourceSchema } from './room.js';
import { meetingEventSchema } from './room-commands.js';

/** Path of the Socket.IO endpoint on every Server WS. Transport: WebSocket only. */
export const SIGNALLING_PATH = '/signal';

/** Raised when client and server could misunderstand each other. */
export const PROTOCOL_VERSION = 1;

/**
 * Answers, once, the `join` request in the payload of the Socket.IO connect packet (`auth.join`), with a `Reply`. In the payload it takes no round
 * trip of its own.
 */
export const JOINED_EVENT = 'joined';

/** A socket that has not joined within this many milliseconds is closed. */
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
 * Requests from client to server. Each is one Socket.IO event with the request as its only argument and an acknowledgement
 * that carries `Reply`. The first one on a socket is `join` or `resume`.
 */
export const clientRequests = {
  join: {
    request: z.strictObject({
      token: z.string().max(4096),
      protocolVersion: z.number().int(),
      /** Resume token of the participant that this client was before: if its home has died, nobody need see both until the lease runs out. */
      formerly: z.string().max(4096).optional(),
      /** Opens with the join what the client would ask for right after it; the answer's `media` holds what was opened. */
      media: z
        .strictObject({
          /** A transport to send through. */
          send: z.boolean().default(false),
          /**
           * Transports to the media nodes of the room, and consumers on them, for a receiver with these capabilities. They are the device's own, so their
           * payload types and extension ids mean nothing.
           */
          receive: rtpCapabilitiesSchema.optional(),
        })
        .optional(),
    }),
    response: joinedSchema(),
  },
  /** Goes on as the same participant from a new socket; transports and producers live on. Raises the epoch (R3). */
  resume: {
    request: z.strictObject({ resumeToken: z.string().max(4096), protocolVersion: z.number().int() }),
    response: joinedSchema(),
  },
  /** The snapshot, after a gap in versions (R1). */
  sync: { request: empty, response: z.object({ room: roomSnapshotSchema }) },
  /** What routers on this media node can do for this room, for `Device.load`. The same on every media node. */
  capabilities: { request: empty, response: z.object({ rtpCapabilities: rtpCapabilitiesSchema }) },
  'transport.open': {
    request: z.strictObject({
      /** `send`: leave `mediaNodeId` out and the server places it. `receive`: the node that holds the producers (R9). */
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
  /** Of a receiving transport: which share of the pictures of the last seconds could not be shown in time. */
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
      /** An own producer of the same source, on another media node, whose stream this one carries on (R10). Close it some seconds later. */
      replaces: idSchema.optional(),
      /**
       * A picture that is published already, in another codec, for participants who decode nothing else of it. It is muted
       * and stopped with the first one, and counts as one producer together with it.
       */
      alternative: z.literal(true).optional(),
    }),
    response: z.object({ producerId: idSchema }),
  },
  'producer.pause': { request: z.strictObject({ producerId: idSchema }), response: empty },
  'producer.resume': { request: z.strictObject({ producerId: idSchema }), response: empty },
  'producer.close': { request: z.strictObject({ producerId: idSchema }), response: empty },
  /** How many receive an own producer now. Who has published the same elsewhere (`replaces`) ends the old one when nobody does any more (R10). */
  'producer.stats': {
    request: z.strictObject({ producerId: idSchema }),
    response: z.object({ consumers: z.int().nonnegative() }),
  },
  /**
   * Consumers for all producers of a participant that live on the transport's media node and have none yet on it. Asked again
   * when a producer is added; asking twice gives nothing twice. With `paused`, pictures wait for `consumer.resume`: a key frame
   * that comes before the browser has negotiated the stream would be lost, and the next one is half a second away.
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
  /** Stops and goes on with forwarding one stream to this participant (a tile out of sight, for example). */
  'consumer.pause': { request: z.strictObject({ consumerId: idSchema }), response: empty },
  'consumer.resume': { request: z.strictObject({ consumerId: idSchema }), response: empty },
  'consumer.close': { request: z.strictObject({ consumerId: idSchema }), response: empty },
  /**
   * How the pictures of these consumers are shown from now on, which decides what is sent of them. Those that are gone are left
   * out. It holds for the consumer, not for the stream: a new consumer of the same stream needs it again.
   */
  'consumer.setPreferences': {
    request: z.strictObject({ consumers: z.array(consumerPreferencesSchema).min(1).max(MOST_PREFERENCES) }),
    response: empty,
  },
  leave: { request: empty, response: empty },
} as const satisfies Record<string, { request: z.ZodType; response: z.ZodType }>;

export type ClientRequestName = keyof typeof clientRequests;
/** What a client may send (defaults not filled in). */
export type ClientRequest<N extends ClientRequestName> = z.input<(typeof clientRequests)[N]['request']>;
export type ClientResponse<N extends ClientRequestName> = z.output<(typeof clientRequests)[N]['response']>;

/** Every acknowledgement: data, or a coded error. */
export type Reply<T> = { ok: true; data: T } | { ok: false; error: { code: ErrorCode; detail?: string } };

/** Events from server to client, one argument each, not acknowledged. */
export const serverEvents = {
  /** A change of the room (R1, R2), also the ones this client caused. */
  room: roomEventSchema,
  /** A transport is of no more use: open another one. */
  'transport.closed': z.object({
    transportId: idSchema,
    reason: z.enum([
      'ice-timeout',
      'consent-expired',
      'dtls-failed',
      'dtls-closed',
      'router-closed',
      'media-node-lost',
      // More media than any browser sends came in for seconds.
      'flooding',
      // A fault of the media node that concerned this transport alone.
      'internal-error',
      // Receiving is not granted any more (R7): open no other one.
      'not-granted',
    ]),
  }),
  'consumer.closed': z.object({ consumerId: idSchema, reason: z.string() }),
  /** What is sent of these pictures from now on, and why it is no more. */
  'consumer.layers': z.object({ consumers: z.array(consumerLayersSchema) }),
  /** Nobody takes more of an own producer than this spatial layer (−1: nothing): what lies above need not be encoded. */
  'producer.wanted': z.object({ producerId: idSchema, spatial: z.int().min(-1) }),
  /** Nothing of an own producer that is not paused has arrived for seconds (`arriving: false`), or it arrives again. */
  'producer.arriving': z.object({ producerId: idSchema, arriving: z.boolean() }),
  /** How the connections of these participants are from now on. Of others, what was said before still holds. */
  quality: z.object({ participants: z.array(participantQualitySchema) }),
  /** A media worker crashed: transports, producers and consumers on it are gone. Publish and subscribe again (R11). */
  'mediaNode.lost': z.object({ mediaNodeId: idSchema }),
  /**
   * A media node is going away, or (`draining: false`) stays after all. Whoever sends through it publishes the same again from another one, naming what
   * each producer `replaces` (R10). `later`: it goes on sending as before until this is told again without, because everybody in a room feels a move.
   */
  'mediaNode.draining': z.object({ mediaNodeId: idSchema, draining: z.boolean(), later: z.literal(true).optional() }),
  /**
   * The media node of this sending transport has too much to do: send the same through another one, make-before-break as when a node drains. Nothing is
   * owed: a client that cannot stays where it is.
   */
  'transport.leave': z.object({ transportId: idSchema }),
  /** What this client may do from now on (R7). Producers that it may not have any more are closed by the server. */
  grants: grantsSchema,
  /** What happened in the meeting besides the room: chat, settings, somebody waiting. */
  meeting: meetingEventSchema,
  /**
   * Who is talking, the one who speaks to the others first, the rest by level (dBov). Comes when somebody begins or ends or another one leads, at most
   * each 300 ms; empty when nobody talks any more. Without it nobody does.
   */
  activeSpeakers: z.object({
    speakers: z.array(z.object({ participantId: idSchema, level: z.int().min(-127).max(0) })).max(8),
  }),
  /** The last event before the server ends this session; do not resume. */
  ended: z.object({ reason: z.enum(['left', 'kicked', 'replaced', 'room-closed', 'waiting-room', 'expired']) }),
  /** The server is going away: connect again (any node will do) and resume. */
  moving: z.object({ reason: z.literal('server-draining') }),
  /** The server stays after all: who has not moved need not (R10). */
  staying: z.object({}),
} as const satisfies Record<string, z.ZodType>;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEvent<N extends ServerEventName> = z.output<(typeof serverEvents)[N]>;

/** What a newcomer wants opened with its join, as it arrives. */
export type JoinRequestMedia = NonNullable<z.output<(typeof clientRequests)['join']['request']>['media']>;

export type JoinedResponse = z.output<ReturnType<typeof joinedSchema>>;

function joinedSchema() {
  return z.object({
    participantId: idSchema,
    /** For `resume`, valid while the participant is in the room and for `graceTime` after its socket vanished. */
    resumeToken: z.string(),
    /** Milliseconds that a participant without a socket stays in the room. */
    graceTime: z.number().int().positive(),
    grants: grantsSchema,
    room: roomSnapshotSchema,
    rtpCapabilities: rtpCapabilitiesSchema,
    iceServers: z.array(
      z.object({ urls: z.array(z.string()), username: z.string().optional(), credential: z.string().optional() }),
    ),
    /** The meeting's setting; left out: `auto`. Changes come with `meeting.updated`. */
    videoCodec: videoCodecSettingSchema.optional(),
    /** What the request's `media` asked for and could be opened at once; the client asks for the rest. Pictures need no `consumer.resume`. */
    media: z
      .object({ send: openedTransport.optional(), receive: z.array(openedTransport.extend({ consumers })) })
      .optional(),
  });
}
