import { CodedError, type JoinedResponse, type JoinRequestMedia, PROTOCOL_VERSION } from '@waterbus/protocol';
import { openFirstMedia } from '../media/participant/first-media.js';
import type { ClientSocket } from './client-socket.js';
import type { ParticipantsContext } from './context.js';
import { checkPublishAny, checkSubscribe } from './permissions.js';
import type { Session } from './session.js';

/** The ICE servers depend on the way of the client. */
export type AdmittedResponse = Omit<JoinedResponse, 'iceServers'>;

/** A participant that has joined or resumed, and the answer to its client. */
export class Admission {
  constructor(
    readonly session: Session,
    private readonly socket: ClientSocket,
    private readonly response: AdmittedResponse,
  ) {}

  /** Sends the answer, which holds the room; the events after it follow. */
  answer(send: (response: AdmittedResponse) => void): void {
    send(this.response);
    this.session.goLive(this.socket, this.response.room.version);
  }
}

/**
 * The answer to `join` and `resume`. `version`: that of the participant's own change, which the
 * snapshot contains; undefined if it made none.
 */
export async function joinedResponse(
  session: Session,
  version: number | undefined,
  { tokens, graceTime, capabilities, clock }: ParticipantsContext,
  wanted?: JoinRequestMedia,
): Promise<AdmittedResponse> {
  const media =
    wanted &&
    (await openFirstMedia(session.media, session.room, wanted, {
      clock,
      rtpCapabilities: () => capabilities.read(),
      maySend: () => checkPublishAny(session.grants),
      mayReceive: () => checkSubscribe(session.grants),
    }));
  return {
    ...(media && { media }),
    participantId: session.participantId,
    resumeToken: await tokens.writeResumeToken(session.identity),
    graceTime,
    grants: session.grants,
    rtpCapabilities: await capabilities.read(),
    videoCodec: session.videoCodec,
    ...(session.pinned !== undefined && { pinned: session.pinned }),
    room: await session.snapshot(version),
  };
}

export function checkProtocol(version: number): void {
  if (version !== PROTOCOL_VERSION) {
    throw new CodedError('request.invalid', `this server uses protocol version ${PROTOCOL_VERSION}; reload the page`);
  }
}
