import * as z from 'zod';
import { idSchema } from './ids.js';
import { iceServersSchema } from './media.js';

/**
 * Bus requests of Server API to a Server WS node for clients over HTTP: publishers (WHIP, RFC 9725)
 * and players (WHEP). Server API authenticates and admits them, Server WS negotiates and keeps the session.
 */

/** Characters: several times the offer of a browser with all of its codecs. */
export const LONGEST_SDP = 64 * 1024;

const sdp = z.string().max(LONGEST_SDP);

/** A session: its participant in its room. */
const session = { roomId: idSchema, participantId: idSchema };

/** What a client over HTTP begins with. */
const offering = {
  token: z.string().max(4096),
  offer: sdp,
  /** The client's address, as Server API determined it. */
  address: z.string().max(64),
  /** A proxy forwarded the request. */
  forwarded: z.boolean(),
  /** How the client reached the server: a relay at the same host and port may serve it. */
  way: z
    .object({ host: z.string().max(255), port: z.int().min(1).max(65_535).optional(), isTls: z.boolean() })
    .optional(),
};

const answered = z.object({
  participantId: idSchema,
  answer: z.string(),
  /** Identifies the ICE session, for `If-Match`; without quotation marks. */
  etag: z.string(),
  iceServers: iceServersSchema,
});

export const whipMethods = {
  /** To any Server WS node: joins with the token and publishes the streams of the offer. */
  'whip.publish': { body: z.object(offering), answer: answered },
  /** To any Server WS node: joins with the token and sends the meeting in the sections of the offer. */
  'whep.watch': {
    body: z.object({
      ...offering,
      /** The id or the name of the only participant to watch. */
      participant: z.string().max(128).optional(),
    }),
    answer: answered,
  },
  /** To the participant's home: candidates of the client, or an ICE restart. */
  'whip.patch': {
    body: z.object({ ...session, fragment: sdp, ifMatch: z.string().max(1024) }),
    /** With the server's new parameters after a restart, else null. */
    answer: z.object({ fragment: z.string(), etag: z.string() }).nullable(),
  },
  /** To the participant's home: it leaves. */
  'whip.close': { body: z.object(session), answer: z.null() },
} as const;

export type WhipMethod = keyof typeof whipMethods;
export type WhipBody<M extends WhipMethod> = z.output<(typeof whipMethods)[M]['body']>;
export type WhipAnswer<M extends WhipMethod> = z.output<(typeof whipMethods)[M]['answer']>;
