import type {
  ConnectionQuality,
  ConsumerPriority,
  LayersCause,
  MediaCallAnswer,
  MediaCallArguments,
  MediaCallName,
  MediaNodeErrorCode,
  QualityLimitation,
  TransportCloseReason,
} from '@waterbus/media-host';
import {
  dtlsParametersSchema,
  iceParametersSchema,
  idSchema,
  mediaKindSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  transportParametersSchema,
} from '@waterbus/protocol';
import { z } from 'zod';

/** The part of the bus contract that concerns media nodes. */

/**
 * Transports, producers, consumers and missed events of one participant: four times its limits.
 * Defined here, because the schemas below use it.
 */
export const MOST_HANDED_OVER = 4096;

/** No value: JSON has no undefined. */
const nothing = z.null().optional();

/** As in the protocol of a `MediaNode`: a refusal is data, so that its code is transmitted. */
function outcome<V extends z.ZodType>(value: V) {
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), code: z.enum(keysOf(mediaNodeErrorCodes)), message: z.string() }),
  ]);
}

const mediaNodeErrorCodes: Record<MediaNodeErrorCode, true> = {
  'not-found': true,
  'invalid-parameters': true,
  'cannot-consume': true,
  'limit-reached': true,
  'node-lost': true,
  'internal-error': true,
};

const transportCloseReasons: Record<TransportCloseReason, true> = {
  'ice-timeout': true,
  'consent-expired': true,
  'dtls-failed': true,
  'dtls-closed': true,
  'router-closed': true,
  flooding: true,
  'internal-error': true,
};

const layersCauses: Record<LayersCause, true> = { none: true, bandwidth: true, hidden: true, 'no-media': true };

const consumerPriorities: Record<ConsumerPriority, true> = { 'very-low': true, low: true, medium: true, high: true };

const connectionQualities: Record<ConnectionQuality, true> = { excellent: true, good: true, poor: true, lost: true };

const qualityLimitations: Record<QualityLimitation, true> = {
  none: true,
  upload: true,
  server: true,
  download: true,
  processor: true,
};

/**
 * A call of a media node, sent to the Server WS node that owns it. `asker`: the requesting Server
 * WS node.
 */
function mediaCall<A extends z.ZodType, V extends z.ZodType>(args: A, value: V) {
  return { body: z.object({ mediaNodeId: idSchema, asker: idSchema, args }), answer: outcome(value) };
}

/** Queries about transports by id; the answer lists those that are not open for the asker. */
const transportsQuestion = {
  body: z.object({ mediaNodeId: idSchema, asker: idSchema, transportIds: z.array(idSchema).max(MOST_HANDED_OVER) }),
  answer: outcome(z.array(idSchema).max(MOST_HANDED_OVER)),
};

const byId = z.tuple([idSchema]);

const consumerParameters = z.object({
  id: idSchema,
  producerId: idSchema,
  kind: mediaKindSchema,
  rtpParameters: rtpParametersSchema,
  producerPaused: z.boolean(),
});

/** As in a meeting's settings. */
const loudest = z.int().min(0).max(64);

const streamFigures = z.object({
  ssrc: z.number(),
  rid: z.string().optional(),
  packetsReceived: z.number(),
  bytesReceived: z.number(),
  packetsLost: z.number(),
  packetsRepaired: z.number(),
  jitter: z.number(),
  nackCount: z.number(),
  pliCount: z.number(),
  keyFrames: z.number(),
});

const producerStats = z.object({
  id: idSchema,
  kind: mediaKindSchema,
  consumers: z.int().nonnegative(),
  silent: z.boolean().optional(),
  wantedSpatialLayer: z.int().min(-1).optional(),
  layers: z.array(z.object({ bitrate: z.number(), frameWidth: z.number(), frameHeight: z.number() })).optional(),
  streams: z.array(streamFigures),
});

const transportStats = z.object({
  id: idSchema,
  state: z.enum(['new', 'connecting', 'connected', 'disconnected', 'closed']),
  selectedAddress: z.string().optional(),
  protocol: z.enum(['udp', 'tcp']).optional(),
  packetsReceived: z.number(),
  packetsSent: z.number(),
  bytesReceived: z.number(),
  bytesSent: z.number(),
  connectionQuality: z.enum(keysOf(connectionQualities)).optional(),
  connectionLimitation: z.enum(keysOf(qualityLimitations)).optional(),
  serverPacketLoss: z.number().optional(),
  serverDelay: z.number().optional(),
  availableOutgoingBitrate: z.number().optional(),
  currentRoundTripTime: z.number().optional(),
  packetsLost: z.number(),
  transportFeedbackRefused: z.number(),
  packetsQueued: z.number(),
  packetsDelayed: z.number(),
  totalPacketSendDelay: z.number(),
  packetsDiscardedOnSend: z.number(),
  producers: z.array(producerStats),
  consumers: z.array(
    z.object({
      id: idSchema,
      producerId: idSchema,
      kind: mediaKindSchema,
      ssrc: z.number(),
      packetsSent: z.number(),
      bytesSent: z.number(),
      packetsRetransmitted: z.number(),
      bytesRetransmitted: z.number(),
      retransmissionsRefused: z.number(),
      nackCount: z.number(),
      pliCount: z.number(),
      targetSpatialLayer: z.int().min(-1).optional(),
      targetTemporalLayer: z.int().min(-1).optional(),
      qualityLimitationReason: z.enum(keysOf(layersCauses)).optional(),
      fractionLost: z.number(),
      roundTripTime: z.number().optional(),
    }),
  ),
});

const packetFigures = z.object({ arrived: z.number().nonnegative(), lost: z.number().nonnegative() });

export const pathTotalsSchema = z.object({
  transportId: idSchema,
  protocol: z.enum(['udp', 'tcp']),
  roundTripTime: z.number().nonnegative().optional(),
  availableBitrate: z.number().nonnegative().optional(),
  bytesReceived: z.number().nonnegative(),
  bytesSent: z.number().nonnegative(),
  received: packetFigures,
  sent: packetFigures,
  serverPacketLoss: z.number().min(0).max(1),
  serverDelay: z.number().nonnegative(),
});

/**
 * Requests about media nodes. One for each entry of the table of media calls: without a schema, or
 * with one that yields other arguments or another answer, it does not compile.
 */
export const mediaMethods = {
  /** From now on the transports belong to the Server WS node `asker`: its loss closes them. */
  'media.adopt': transportsQuestion,
  /** Returns those of its transports that are closed. */
  'media.missing': transportsQuestion,
  'media.openRouter': mediaCall(z.tuple([idSchema, z.object({ loudest }).optional()]), rtpCapabilitiesSchema),
  'media.closeRouter': mediaCall(byId, nothing),
  'media.openTransport': mediaCall(
    z.tuple([
      z.object({
        routerId: idSchema,
        transportId: idSchema,
        loudest: loudest.optional(),
        accounts: z.object({ caller: z.string().max(64).optional(), owner: z.string().max(256).optional() }).optional(),
      }),
    ]),
    transportParametersSchema,
  ),
  'media.connectTransport': mediaCall(z.tuple([idSchema, dtlsParametersSchema]), nothing),
  'media.restartIce': mediaCall(byId, iceParametersSchema),
  'media.setRemoteIce': mediaCall(z.tuple([idSchema, iceParametersSchema]), nothing),
  'media.reportFramesDropped': mediaCall(z.tuple([idSchema, z.number().min(0).max(1)]), nothing),
  'media.openPipe': mediaCall(
    z.tuple([z.object({ near: transportParametersSchema, far: transportParametersSchema })]),
    dtlsParametersSchema,
  ),
  'media.closeTransport': mediaCall(byId, nothing),
  'media.produce': mediaCall(
    z.tuple([
      z.object({
        transportId: idSchema,
        producerId: idSchema,
        kind: mediaKindSchema,
        rtpParameters: rtpParametersSchema,
        paused: z.boolean(),
      }),
    ]),
    nothing,
  ),
  'media.pauseProducer': mediaCall(byId, nothing),
  'media.resumeProducer': mediaCall(byId, nothing),
  'media.closeProducer': mediaCall(byId, nothing),
  'media.consume': mediaCall(
    z.tuple([
      z.object({
        transportId: idSchema,
        consumerId: idSchema,
        producerId: idSchema,
        rtpCapabilities: rtpCapabilitiesSchema,
        paused: z.boolean(),
      }),
    ]),
    consumerParameters,
  ),
  'media.fillSection': mediaCall(
    z.tuple([
      z.object({ transportId: idSchema, consumerId: idSchema, producerId: idSchema, section: rtpParametersSchema }),
    ]),
    consumerParameters,
  ),
  'media.pauseConsumer': mediaCall(byId, nothing),
  'media.resumeConsumer': mediaCall(byId, nothing),
  'media.setConsumerPreferences': mediaCall(
    z.tuple([
      idSchema,
      z.object({
        width: z.number().nonnegative(),
        height: z.number().nonnegative(),
        visible: z.boolean(),
        priority: z.enum(keysOf(consumerPriorities)),
      }),
    ]),
    nothing,
  ),
  'media.closeConsumer': mediaCall(byId, nothing),
  'media.transportStats': mediaCall(byId, transportStats),
  'media.pathTotals': mediaCall(
    z.tuple([z.array(idSchema).max(MOST_HANDED_OVER)]),
    z.array(pathTotalsSchema).max(MOST_HANDED_OVER),
  ),
  'media.producerStats': mediaCall(byId, producerStats),
} as const satisfies { [N in MediaCallName as `media.${N}`]: MediaCallSchemas<N> } & {
  [M in 'media.adopt' | 'media.missing']: typeof transportsQuestion;
};

/** Topics about media nodes. */
export const mediaTopics = {
  /** Events of a media node, published by its owner. */
  mediaEvents: {
    of: (mediaNodeId: string) => `media.events.${mediaNodeId}`,
    event: z.discriminatedUnion('type', [
      z.object({
        type: z.literal('transport.state'),
        transportId: idSchema,
        state: z.enum(['new', 'connecting', 'connected', 'disconnected']),
      }),
      z.object({
        type: z.literal('transport.closed'),
        transportId: idSchema,
        reason: z.enum(keysOf(transportCloseReasons)),
      }),
      z.object({
        type: z.literal('producer.closed'),
        producerId: idSchema,
        reason: z.enum(['transport-closed', 'router-closed']),
      }),
      z.object({
        type: z.literal('consumer.closed'),
        consumerId: idSchema,
        reason: z.enum(['producer-closed', 'transport-closed', 'router-closed', 'replaced']),
      }),
      z.object({
        type: z.literal('consumer.layers'),
        transportId: idSchema,
        consumers: z
          .array(
            z.object({
              consumerId: idSchema,
              spatial: z.int().min(-1),
              temporal: z.int().min(-1),
              cause: z.enum(keysOf(layersCauses)),
            }),
          )
          .max(MOST_HANDED_OVER),
      }),
      z.object({
        type: z.literal('producer.wanted'),
        transportId: idSchema,
        producerId: idSchema,
        spatial: z.int().min(-1),
      }),
      z.object({
        type: z.enum(['producer.silent', 'producer.flowing']),
        transportId: idSchema,
        producerId: idSchema,
      }),
      z.object({
        type: z.literal('router.quality'),
        routerId: idSchema,
        transports: z
          .array(
            z.object({
              transportId: idSchema,
              quality: z.enum(keysOf(connectionQualities)),
              limitation: z.enum(keysOf(qualityLimitations)),
              unintelligible: z.array(idSchema).max(MOST_HANDED_OVER).optional(),
            }),
          )
          .max(MOST_HANDED_OVER),
      }),
    ]),
  },
  /** The active speakers of a room on one media node, published by its owner. */
  speakers: {
    of: (roomId: string) => `speakers.${roomId}`,
    event: z.object({
      mediaNodeId: idSchema,
      speakers: z.array(z.object({ producerId: idSchema, level: z.int().min(-127).max(0) })).max(8),
    }),
  },
} as const;

/** The arguments and the answer of a call, as its schemas must yield them. */
interface MediaCallSchemas<N extends MediaCallName> {
  body: z.ZodType<{ mediaNodeId: string; asker: string; args: MediaCallArguments<N> }>;
  answer: z.ZodType<Answered<MediaCallAnswer<N>> | { ok: false; code: MediaNodeErrorCode; message: string }>;
}

type Answered<V> = undefined extends V ? { ok: true; value?: null | undefined } : { ok: true; value: V };

function keysOf<K extends string>(table: Record<K, unknown>): K[] {
  return Object.keys(table) as K[];
}
