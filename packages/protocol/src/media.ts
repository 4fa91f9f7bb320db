import * as z from 'zod';

/**
 * The ORTC dictionaries in their network form. Bounds limit the memory that a hostile client can
 * use; the negotiation of the media engine also checks the values.
 */
const parameterValues = z.record(z.string().max(64), z.union([z.string().max(256), z.number()]));
const rtcpFeedback = z.object({ type: z.string().max(32), parameter: z.string().max(32).optional() });
const payloadType = z.number().int().min(0).max(127);
const ssrc = z.number().int().min(0).max(0xffffffff);

export const mediaKindSchema = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof mediaKindSchema>;

/**
 * Video codecs of browsers that media nodes forward (H264: constrained baseline; VP9, AV1: profile
 * 0).
 */
export const videoCodecSchema = z.enum(['vp8', 'vp9', 'av1', 'h264']);
export type VideoCodec = z.infer<typeof videoCodecSchema>;

/**
 * The codec of pictures that a meeting prefers; `auto`: a codec that the publisher's machine can
 * encode and every participant decodes.
 */
export const videoCodecSettingSchema = z.enum(['auto', ...videoCodecSchema.options]);
export type VideoCodecSetting = z.infer<typeof videoCodecSettingSchema>;

export const rtpCapabilitiesSchema = z.object({
  codecs: z
    .array(
      z.object({
        kind: mediaKindSchema,
        mimeType: z.string().max(64),
        preferredPayloadType: payloadType.optional(),
        clockRate: z.number().int().positive(),
        channels: z.number().int().min(1).max(8).optional(),
        parameters: parameterValues.optional(),
        rtcpFeedback: z.array(rtcpFeedback).max(16).optional(),
      }),
    )
    .max(64)
    .optional(),
  headerExtensions: z
    .array(
      z.object({
        kind: mediaKindSchema,
        uri: z.string().max(128),
        preferredId: z.number().int().min(1).max(255),
        preferredEncrypt: z.boolean().optional(),
        direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
      }),
    )
    .max(64)
    .optional(),
});
export type RtpCapabilities = z.infer<typeof rtpCapabilitiesSchema>;

export const rtpParametersSchema = z.object({
  mid: z.string().max(16).optional(),
  msid: z.string().max(160).optional(),
  codecs: z
    .array(
      z.object({
        mimeType: z.string().max(64),
        payloadType,
        clockRate: z.number().int().positive(),
        channels: z.number().int().min(1).max(8).optional(),
        parameters: parameterValues.optional(),
        rtcpFeedback: z.array(rtcpFeedback).max(16).optional(),
      }),
    )
    .min(1)
    .max(32),
  headerExtensions: z
    .array(
      z.object({
        uri: z.string().max(128),
        id: z.number().int().min(1).max(255),
        encrypt: z.boolean().optional(),
        parameters: parameterValues.optional(),
      }),
    )
    .max(32)
    .optional(),
  encodings: z
    .array(
      z.object({
        ssrc: ssrc.optional(),
        rid: z.string().max(16).optional(),
        codecPayloadType: payloadType.optional(),
        rtx: z.object({ ssrc }).optional(),
        dtx: z.boolean().optional(),
        scalabilityMode: z.string().max(16).optional(),
        scaleResolutionDownBy: z.number().min(1).max(64).optional(),
        maxBitrate: z.number().min(0).optional(),
        maxFramerate: z.number().min(0).optional(),
      }),
    )
    .max(8)
    .optional(),
  rtcp: z
    .object({ cname: z.string().max(256).optional(), reducedSize: z.boolean().optional(), mux: z.boolean().optional() })
    .optional(),
});
export type RtpParameters = z.infer<typeof rtpParametersSchema>;

export const iceParametersSchema = z.object({
  usernameFragment: z.string().max(256),
  password: z.string().max(256),
  iceLite: z.boolean(),
});
export type IceParameters = z.infer<typeof iceParametersSchema>;

/** As in RTCConfiguration (W3C webrtc). */
export const iceServersSchema = z.array(
  z.object({ urls: z.array(z.string()), username: z.string().optional(), credential: z.string().optional() }),
);

export const iceCandidateSchema = z.object({
  foundation: z.string(),
  priority: z.number(),
  ip: z.string(),
  address: z.string(),
  protocol: z.enum(['udp', 'tcp']),
  port: z.number(),
  type: z.literal('host'),
  tcpType: z.literal('passive').optional(),
});

export const dtlsParametersSchema = z.object({
  role: z.enum(['auto', 'client', 'server']).default('auto'),
  fingerprints: z
    .array(
      z.object({
        algorithm: z.string().max(16),
        value: z
          .string()
          .max(256)
          .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*$/),
      }),
    )
    .min(1)
    .max(8),
});
export type DtlsParameters = z.infer<typeof dtlsParametersSchema>;

export const transportParametersSchema = z.object({
  id: idString(),
  iceParameters: iceParametersSchema,
  iceCandidates: z.array(iceCandidateSchema),
  dtlsParameters: dtlsParametersSchema,
});
export type TransportParameters = z.infer<typeof transportParametersSchema>;

function idString() {
  return z.string().min(1).max(64);
}
