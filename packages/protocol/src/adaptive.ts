import * as z from 'zod';
import { idSchema } from './ids.js';

/**
 * Adaptation of a call to screens and networks: how receivers show pictures, which layers the
 * server sends, and the connection quality of each participant.
 */

/**
 * As RTCPriorityType: `high` for a pinned or speaking participant, `medium` for a screen, `low` for
 * all others.
 */
export const prioritySchema = z.enum(['very-low', 'low', 'medium', 'high']);
export type Priority = z.infer<typeof prioritySchema>;

/** How a receiver shows a picture. Default: visible, at the largest size, with low priority. */
export const pictureViewSchema = z.strictObject({
  /** Device pixels of the tile. */
  width: z.int().min(0).max(16_384),
  height: z.int().min(0).max(16_384),
  /** The server does not send a picture that is out of sight. */
  visible: z.boolean(),
  priority: prioritySchema,
});
export type PictureView = z.infer<typeof pictureViewSchema>;

export const consumerPreferencesSchema = pictureViewSchema.extend({ consumerId: idSchema });
export type ConsumerPreferences = z.infer<typeof consumerPreferencesSchema>;

/** Maximum number of consumers in one request: more tiles than any screen shows. */
export const MOST_PREFERENCES = 100;

/**
 * The limit on a consumer's quality: nothing, the receiver's bandwidth, its tile (hidden or small),
 * or media that do not arrive from the publisher.
 */
export const layersCauseSchema = z.enum(['none', 'bandwidth', 'hidden', 'no-media']);
export type LayersCause = z.infer<typeof layersCauseSchema>;

export const consumerLayersSchema = z.object({
  consumerId: idSchema,
  /** Quality in ascending order; both −1 while the server sends nothing. */
  spatial: z.int().min(-1),
  temporal: z.int().min(-1),
  cause: layersCauseSchema,
});
export type ConsumerLayers = z.infer<typeof consumerLayersSchema>;

export const connectionQualitySchema = z.enum(['excellent', 'good', 'poor', 'lost']);
export type ConnectionQuality = z.infer<typeof connectionQualitySchema>;

/**
 * The side that limits the quality: the participant's upload, the server, the participant's
 * download or processor.
 */
export const qualityLimitationSchema = z.enum(['none', 'upload', 'server', 'download', 'processor']);
export type QualityLimitation = z.infer<typeof qualityLimitationSchema>;

/** Maximum number of participants that a receiver does not understand, in one event. */
export const MOST_UNINTELLIGIBLE = 50;

export const participantQualitySchema = z.object({
  participantId: idSchema,
  quality: connectionQualitySchema,
  limitation: qualityLimitationSchema,
  /**
   * The publishers of whose sound this participant's connection loses so much, after repair, that
   * it does not understand speech; absent: none, or from a server of an earlier version.
   */
  unintelligible: z.array(idSchema).max(MOST_UNINTELLIGIBLE).optional(),
});
export type ParticipantQuality = z.infer<typeof participantQualitySchema>;
