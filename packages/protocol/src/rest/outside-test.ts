import * as z from 'zod';
import { dtlsParametersSchema, transportParametersSchema } from '../media.js';
import { iceServerSchema } from './connectivity.js';

/** 128 random bits and the node that keeps the test: `<22 characters>.<node id>`. */
export const outsideTokenSchema = z.string().regex(/^[\w-]{22}\.[\w-]{1,64}$/);

/**
 * A path from a client to a media node: directly over UDP or TCP, or through a relay that the
 * client reaches over UDP, TCP or TLS.
 */
export const outsidePathKinds = ['udp', 'tcp', 'relay-udp', 'relay-tcp', 'relay-tls'] as const;

export const outsidePathSchema = z.object({
  kind: z.enum(outsidePathKinds),
  /** The server's addresses, or the host name of the relay. */
  hosts: z.array(z.string().max(256)).max(16),
  port: z.int().min(1).max(65_535),
  /** Of a relay, with credentials for the test. */
  iceServer: iceServerSchema.optional(),
});
export type OutsidePath = z.infer<typeof outsidePathSchema>;

/** `unknown`: the browser could not make the test. */
export const outsideVerdictSchema = z.enum(['open', 'blocked', 'unknown']);
export type OutsideVerdict = z.infer<typeof outsideVerdictSchema>;

/** The most paths of a test: each costs the phone a connection, and seconds if it is blocked. */
export const MOST_OUTSIDE_PATHS = 40;

export const outsideVerdictsSchema = z.object({
  /** The WebSocket of signalling. */
  signalling: outsideVerdictSchema,
  /** One for each path, in their order. */
  paths: z.array(outsideVerdictSchema).max(MOST_OUTSIDE_PATHS),
});
export type OutsideVerdicts = z.infer<typeof outsideVerdictsSchema>;

export const openOutsideTestSchema = z.object({
  /** The Server WS whose media nodes are tested; left out: any. */
  nodeId: z.string().max(64).optional(),
});

export const outsideTestSchema = z.object({
  token: outsideTokenSchema,
  expiresIn: z.int(),
  addresses: z.array(z.string()),
});
export type OutsideTest = z.infer<typeof outsideTestSchema>;

export const begunOutsideTestSchema = z.object({
  /** Origins of Server WS; `''` stands for that of the API. */
  signalling: z.array(z.string()),
  paths: z.array(outsidePathSchema).max(MOST_OUTSIDE_PATHS),
});
export type BegunOutsideTest = z.infer<typeof begunOutsideTestSchema>;

export const connectOutsideTestSchema = z.object({
  /** Its place in the list of paths. */
  path: z.int().min(0).max(MOST_OUTSIDE_PATHS),
  dtlsParameters: dtlsParametersSchema,
});

export const connectedOutsideTestSchema = transportParametersSchema.omit({ id: true });
export type OutsideTransport = z.infer<typeof connectedOutsideTestSchema>;

export const outsideResultSchema = z.object({
  state: z.enum(['waiting', 'begun', 'reported']),
  /** The phone's address; left out: not known. */
  client: z.string().max(64).optional(),
  paths: z.array(outsidePathSchema.omit({ iceServer: true })),
  verdicts: outsideVerdictsSchema.optional(),
});
export type OutsideResult = z.infer<typeof outsideResultSchema>;
