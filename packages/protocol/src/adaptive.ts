import { z } from 'zod';
import { idSchema } from './ids.js';

/** What adapts a call to screens and networks: how pictures are shown, what is sent of them, and how everybody's connection is. */

/** As RTCPriorityType: `high` for somebody who is pinned or speaks, `medium` for a screen, `low` for all others. */
export const prioritySchema = z.enum(['very-low', 'low', 'medium', 'high']);
export type Priority = z.infer<typeof prioritySchema>;

/** How a receiver shows a picture. Without it a picture counts as visible, as large as can be, of low priority. */
export const pictureViewSchema = z.strictObject({
  /** Device pixels of the tile. */
  width: z.int().min(0).max(16_384),
  height: z.int().min(0).max(16_384),
  /** Out of sight, it is not sent at all. */
  visible: z.boolean(),
  priority: prioritySchema,
});
export type PictureView = z.infer<typeof pictureViewSchema>;

export const consumerPreferencesSchema = pictureViewSchema.extend({ consumerId: idSchema });
export type ConsumerPreferences = z.infer<typeof consumerPreferencesSchema>;

/** Most consumers in one request: more tiles than any screen shows. */
export const MOST_PREFERENCES = 100;

/**
 * What keeps a consumer from more: nothing, the receiver's bandwidth, its tile (hidden or small), or media that do not
 * arrive from the publisher.
 */
export const layersCauseSchema = z.enum(['none', 'bandwidth', 'hidden', 'no-media']);
export type LayersCause = z.infer<typeof layersCauseSchema>;

export const consumerLayersSchema = z.object({
  consumerId: idSchema,
  /** Quality in ascending order; both −1 while nothing is sent. */
  spatial: z.int().min(-1),
  temporal: z.int().min(-1),
  cause: layersCauseSchema,
});
export type ConsumerLayers = z.infer<typeof consumerLayersSchema>;

export const connectionQualitySchema = z.enum(['excellent', 'good', 'poor', 'lost']);
export type ConnectionQuality = z.infer<typeof connectionQualitySchema>;

/** Whose side it is: the participant's upload, the server, the participant's download or processor. */
export const qualityLimitationSchema = z.enum(['none', 'upload', 'server', 'download', 'processor']);
export type QualityLimitation = z.infer<typeof qualityLimitationSchema>;

export const participantQualitySchema = z.object({
  participantId: idSchema,
  quality: connectionQualitySchema,
  limitation: qualityLimitationSchema,
});
export type ParticipantQuality = z.infer<typeof participantQualitySchema>;
