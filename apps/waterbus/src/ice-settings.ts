import { z } from 'zod';
import { integer } from './setting-types.js';

/** The ways of media through servers between: the TURN server of Server WS, and outside ones. */
export interface IceSettings {
  /** Undefined: this server is no TURN server. */
  turn: { urls: string[] | undefined; port: number | undefined; udpAlone: boolean } | undefined;
  iceServers: { urls: string[]; secret?: string; username?: string; credential?: string }[];
}

/** `turn(s):host[:port][?transport=udp|tcp]` (RFC 7065); `stun(s):host[:port]` (RFC 7064). */
const TURN_URL = /^turns?:(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/i;
const STUN_URL = /^stuns?:(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i;

const turnUrls = z.string().transform((text, context) => {
  if (text === 'off' || text === 'page') return text;
  const urls = text.split(',').map((url) => url.trim());
  const wrong = urls.find((url) => !TURN_URL.test(url));
  if (wrong === undefined) return urls;
  const message = `must be off, page, or addresses such as turns:meet.example.org:443?transport=tcp with commas between; '${wrong}' is not one`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const text = z.string().min(1).max(1000);
const url = text.refine((one) => TURN_URL.test(one) || STUN_URL.test(one));
const outsideServer = z
  .strictObject({
    urls: z.union([url.transform((one) => [one]), z.array(url).min(1).max(8)]),
    secret: text.optional(),
    username: text.optional(),
    credential: text.optional(),
  })
  .refine(({ secret, username, credential }) =>
    secret === undefined ? (username === undefined) === (credential === undefined) : !username && !credential,
  )
  .refine(
    ({ urls, secret, username }) => !urls.some((one) => TURN_URL.test(one)) || (secret ?? username) !== undefined,
  );

const outsideServers = z.string().transform((json, context) => {
  const parsed = z.array(outsideServer).max(8).safeParse(parse(json));
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: 'custom',
    message:
      'must be JSON such as [{"urls":["turn:turn.example.org:3478"],"secret":"…"}]; a TURN server needs secret, or username and credential',
  });
  return z.NEVER;
});

export const iceEnvironment = {
  TURN_URLS: turnUrls.optional(),
  TURN_PORT: integer(1, 65_535).optional(),
  ICE_SERVERS: outsideServers.default([]),
};

type Values = z.output<z.ZodObject<typeof iceEnvironment>> & { PUBLIC_URL?: string };

export function iceProblems({ TURN_URLS, TURN_PORT, PUBLIC_URL }: Values): string[] {
  if (TURN_URLS === 'page' && PUBLIC_URL === undefined) {
    return ['TURN_URLS: page is the address of PUBLIC_URL, which is not set'];
  }
  return TURN_URLS === 'off' && TURN_PORT !== undefined
    ? ['TURN_PORT: opens a port for the server that TURN_URLS=off turns off; set only one of them']
    : [];
}

/** `httpPort` takes TURN over TCP already: a `TURN_PORT` that is the same is one of UDP. */
export function iceOf({ TURN_URLS, TURN_PORT, ICE_SERVERS, PUBLIC_URL = '' }: Values, httpPort: number): IceSettings {
  const urls = TURN_URLS === 'page' ? [turnAt(PUBLIC_URL)] : TURN_URLS;
  const udpAlone = TURN_PORT === httpPort;
  return { turn: urls === 'off' ? undefined : { urls, port: TURN_PORT, udpAlone }, iceServers: ICE_SERVERS };
}

/** On the port of the page. */
function turnAt(publicUrl: string): string {
  const { hostname: host, port, protocol } = new URL(publicUrl);
  const isTls = protocol === 'https:';
  return `${isTls ? 'turns' : 'turn'}:${host}:${port || (isTls ? 443 : 80)}?transport=tcp`;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
