import * as z from 'zod';

/** An entry of RTCConfiguration.iceServers (W3C webrtc). */
export const iceServerSchema = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
});
export type IceServer = z.infer<typeof iceServerSchema>;

/** An address and port at which a media node receives media. */
export const mediaEndpointSchema = z.object({
  address: z.string().max(64),
  port: z.int().min(1).max(65_535),
  /** ICE-TCP (RFC 6544) at the same port number. */
  tcp: z.boolean(),
});
export type MediaEndpoint = z.infer<typeof mediaEndpointSchema>;

/** The servers that a browser tries before a call, to find the paths that its network permits. */
export const connectivitySchema = z.object({
  /** Origins of Server WS; `''` stands for that of the API. */
  signalling: z.array(z.string()),
  /** Some of the media nodes, at the addresses that this client may reach. */
  media: z.array(mediaEndpointSchema).max(16),
  /** Relays, with credentials for the duration of a test. */
  iceServers: z.array(iceServerSchema).max(16),
});
export type Connectivity = z.infer<typeof connectivitySchema>;
