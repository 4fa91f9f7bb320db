import type { Source, VideoCodec } from '@waterbus/protocol';

/** The options of every way of joining. */
export interface CallOptions {
  /** Origin of Server API, for example `https://meet.example.org`; default: the page's own. */
  server?: string;
  code: string;
  /**
   * The access token of a signed-in user, or a function that answers one that is valid now: access
   * tokens are short-lived, calls are not.
   */
  accessToken?: string | (() => string | undefined | Promise<string | undefined>);
  /** Local tracks to publish at once, so that others see them as soon as possible. */
  tracks?: ({ track: MediaStreamTrack } & PublishOptions)[];
  /** Subscribe to every participant that joins (default true). */
  autoSubscribe?: boolean;
  /**
   * Pictures without an observed element (`RemotePublication.observe`) are not sent (default: sent
   * as large as possible).
   */
  onlyObserved?: boolean;
  /**
   * `relay`: media take no way but a TURN server's, as in a network that blocks all others; for
   * tests of that server (default `all`).
   */
  iceTransportPolicy?: RTCIceTransportPolicy;
  /**
   * `Call.breakoutToken` of the same user's call before a reload: comes back into its breakout room,
   * if that is still open.
   */
  breakoutToken?: string;
  signal?: AbortSignal;
}

/** How a track is published. */
export interface PublishOptions {
  source: Source;
  muted?: boolean;
  /**
   * For a camera or a screen; VP8 where this browser does not encode it. Omitted: the meeting's
   * setting (`settings.videoCodec`), by default VP9 or AV1 where this machine encodes it with ease
   * and every other participant decodes it, else VP8. For participants that do not decode it, a
   * second picture is sent in a codec that they do.
   */
  videoCodec?: VideoCodec;
}

export interface JoinOptions extends CallOptions {
  name: string;
  password?: string;
  /** Joins as host without the password; null, as `createMeeting` answers it to a user: none. */
  hostToken?: string | null;
  /**
   * Ids of `listOwnParticipants`: the call moves here from these devices of the same user. They leave
   * with the reason `replaced` once this one is in the call.
   */
  replaces?: string[];
  /**
   * The last token of `onReturnToken`: a guest joins anew within two minutes after leaving, without
   * password, lock or waiting room. A token that does not count is ignored. Needs a server that
   * issued one.
   */
  returnToken?: string;
  /**
   * Of the link of a guest's invitation, in place of the password. One that does not count is
   * ignored. Needs a server that issued one.
   */
  invitationToken?: string;
  /** A guest was admitted. Keep the token in `sessionStorage` at most, for a reload of the page. */
  onReturnToken?: (token: string) => void;
  /**
   * Called when a moderator must admit this participant; `join` keeps waiting until `signal` is
   * aborted.
   */
  onWaiting?: () => void;
}

/** A join token that another back end made with an API key; the token defines the participant. */
export interface TokenJoinOptions extends CallOptions {
  /**
   * A function is called for another token when the participant must join afresh: a token works
   * once.
   */
  joinToken: JoinToken | (() => Promise<JoinToken>);
}

/** A join token of a back end, with the servers that accept it. */
export interface JoinToken {
  token: string;
  /** Origins of Server WS, as answered with the token. */
  signalling: string[];
  /** Of the meeting. */
  title?: string;
}
