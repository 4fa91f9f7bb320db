import { z } from 'zod';

/**
 * Messages between the process that runs now and its successor. They travel over the IPC channels
 * of Node, in which a message can carry a socket.
 */

/** Raised when a message changes. A successor of another number does not start. */
export const SUCCESSION_VERSION = 2;

/** The environment variable that starts a process as a successor, and its value. */
export const SUCCESSION = 'WATERBUS_SUCCESSION';
export const successionSchema = z.object({ version: z.number(), slot: z.enum(['a', 'b']) });

const socketNames = ['page', 'redirect', 'metrics', 'turn', 'turn-udp'] as const;
export type SocketName = (typeof socketNames)[number];

/** To the successor. */
export const orderSchema = z.discriminatedUnion('type', [
  /** Comes with the socket. */
  z.object({ type: z.literal('socket'), name: z.enum(socketNames) }),
  /** Comes with a connection to the socket of that name, which nobody has read yet. */
  z.object({ type: z.literal('connection'), name: z.enum(socketNames) }),
  /** All sockets have been sent. The ports are those that the predecessor could open. */
  z.object({
    type: z.literal('begin'),
    httpPort: z.number(),
    /** Whether the page has a certificate by ACME, and a port that redirects to it. */
    acme: z.boolean(),
    redirect: z.boolean(),
  }),
  /** The embedded database is closed here. */
  z.object({ type: z.literal('database') }),
  z.object({ type: z.literal('cluster'), message: z.unknown() }),
  /** The gaps of the last so many milliseconds are wanted. */
  z.object({ type: z.literal('gaps'), within: z.number() }),
  /** The predecessor has sent everything. The answer is the same. */
  z.object({ type: z.literal('farewell') }),
  /** The predecessor has ended: the successor is the running process. */
  z.object({ type: z.literal('alone') }),
]);
export type Order = z.infer<typeof orderSchema>;

/** From the successor. */
export const newsSchema = z.discriminatedUnion('type', [
  /** It accepts connections and participants, and at this inbox the datagrams of its TURN clients. */
  z.object({
    type: z.literal('ready'),
    turnInbox: z.object({ port: z.number(), key: z.string().regex(/^[0-9a-f]{32}$/) }).optional(),
  }),
  /** It needs the embedded database. */
  z.object({ type: z.literal('database') }),
  z.object({ type: z.literal('cluster'), message: z.unknown() }),
  /** The longest gap of each participant, milliseconds. */
  z.object({ type: z.literal('gaps'), gaps: z.record(z.string(), z.number()) }),
  z.object({ type: z.literal('farewell') }),
  /** Its last message. */
  z.object({ type: z.literal('failed'), message: z.string().max(4000) }),
]);
export type News = z.infer<typeof newsSchema>;
export type TurnInbox = NonNullable<Extract<News, { type: 'ready' }>['turnInbox']>;

/** How a successor is started. */
export const launchSchema = z.object({
  execPath: z.string().min(1).max(4096),
  script: z.string().min(1).max(4096),
  slot: z.enum(['a', 'b']),
});
export type Launch = z.infer<typeof launchSchema>;

/**
 * The messages of a channel between the first process, which is the parent of all others, and one
 * of them. The first process forwards between the running process and its successor.
 */
export const envelopeSchema = z.discriminatedUnion('kind', [
  /** From the running process: start a successor, or end it. */
  z.object({ kind: z.literal('launch'), launch: launchSchema }),
  z.object({ kind: z.literal('end') }),
  /** To the running process: the successor has ended. */
  z.object({ kind: z.literal('ended'), how: z.string().max(200) }),
  z.object({ kind: z.literal('order'), body: orderSchema }),
  z.object({ kind: z.literal('news'), body: newsSchema }),
]);
export type Envelope = z.infer<typeof envelopeSchema>;
