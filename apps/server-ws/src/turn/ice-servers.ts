import { createHmac, randomUUID } from 'node:crypto';
import type { Clock } from '@waterbus/cluster';
import type { JoinedResponse, SignallingWay } from '@waterbus/protocol';
import { timeLimitedCredentials } from '@waterbus/turn';
import type { OutsideIceServer, TurnOptions } from '../options.js';

export type IceServer = JoinedResponse['iceServers'][number];

export interface IceServersOptions {
  clock: Clock;
  secret: string | Uint8Array;
  turn: TurnOptions | undefined;
  outside: readonly OutsideIceServer[];
}

/** The ICE servers of a participant, with credentials of its own. */
export class IceServers {
  private readonly turnSecret: string;

  constructor(private readonly options: IceServersOptions) {
    this.turnSecret = turnSecretOf(options.secret);
  }

  for(participantId: string, way: SignallingWay | undefined): IceServer[] {
    return this.serversFor(participantId, way, CREDENTIAL_LIFETIME, this.options.outside);
  }

  /**
   * For a test of the network by somebody who has not joined: credentials for a minute, and none
   * that a setting fixes. Each test has a name of its own, so that many do not share one quota;
   * quotas by address apply.
   */
  forTest(way: SignallingWay | undefined): IceServer[] {
    const limited = this.options.outside.filter(({ credential }) => credential === undefined);
    return this.serversFor(`test-${randomUUID()}`, way, TEST_LIFETIME, limited);
  }

  private serversFor(
    participantId: string,
    way: SignallingWay | undefined,
    lifetime: number,
    outside: readonly OutsideIceServer[],
  ): IceServer[] {
    const { clock, turn } = this.options;
    const expires = Math.floor(clock.date() / 1000) + lifetime;
    const urls = turn ? (turn.urls ?? (way ? urlsOf(way, turn) : [])) : [];
    const own = { urls, ...timeLimitedCredentials(this.turnSecret, participantId, expires) };
    return [
      ...(urls.length > 0 ? [own] : []),
      ...outside.map(({ secret, ...server }) =>
        secret === undefined ? server : { ...server, ...timeLimitedCredentials(secret, participantId, expires) },
      ),
    ];
  }
}

/** The secret of this cluster's TURN credentials: every Server WS derives the same one. */
export function turnSecretOf(secret: string | Uint8Array): string {
  return createHmac('sha256', secret).update('waterbus TURN credentials').digest('base64url');
}

function urlsOf({ host, port, isTls }: SignallingWay, { port: turnPort, udpAlone }: TurnOptions): string[] {
  return [
    ...(turnPort === undefined ? [] : [`turn:${host}:${turnPort}?transport=udp`]),
    ...(port === undefined ? [] : [`${isTls ? 'turns' : 'turn'}:${host}:${port}?transport=tcp`]),
    ...(turnPort === undefined || udpAlone ? [] : [`turn:${host}:${turnPort}?transport=tcp`]),
  ];
}

/**
 * Seconds, as for resume tokens: a client opens transports during all of a call, and gets new
 * credentials when it resumes or rejoins.
 */
const CREDENTIAL_LIFETIME = 24 * 60 * 60;

/** Seconds: a test takes five, and clocks differ. */
const TEST_LIFETIME = 60;
