import type { Home } from '@waterbus/cluster';
import type { ParticipantMarks } from '@waterbus/protocol';
import type { MediaHandover } from '../media/participant/own-media.js';
import type { NamedEvent } from './client-feed.js';
import type { Identity } from './tokens.js';

/**
 * The data with which another node continues a participant: its current state, which may differ
 * from its token, and its media.
 */
export interface SessionHandover {
  identity: Identity;
  media: MediaHandover;
  /** Events that its client has not received yet. */
  missed: NamedEvent[];
  joinedAt: number;
  /** Left out by homes of earlier versions. */
  marks?: ParticipantMarks | undefined;
  pinned?: string | undefined;
  /**
   * The asking node's home, claimed for it before this one released the participant. Missing if
   * Redis was away: the asker claims it itself.
   */
  home?: Home;
}
