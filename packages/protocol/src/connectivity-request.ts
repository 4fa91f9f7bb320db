import * as z from 'zod';
import { connectivitySchema } from './rest/connectivity.js';

/**
 * A request of Server API to any Server WS node, over the bus: the servers with which a client at
 * this address tests its network before a call.
 */
export const CONNECTIVITY_REQUEST = 'connectivity';

export const connectivityRequestSchema = z.object({
  /** The client's address; left out: not known, since a proxy hides it. */
  client: z.string().max(64).optional(),
  /** The way by which the client reaches signalling, and with it TURN; left out: not known. */
  way: z
    .object({
      host: z.string().max(256),
      /** Left out: an HTTP proxy is in between, which relays no TURN. */
      port: z.int().min(1).max(65_535).optional(),
      isTls: z.boolean(),
    })
    .optional(),
});

export type ConnectivityRequest = z.infer<typeof connectivityRequestSchema>;

export const connectivityAnswerSchema = connectivitySchema.omit({ signalling: true });
export type ConnectivityAnswer = z.infer<typeof connectivityAnswerSchema>;
