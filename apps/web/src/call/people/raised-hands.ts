import type { Call } from '@waterbus/client';
import { namesOf } from './names.js';

export interface RaisedHand {
  participantId: string;
  name: string;
  /** Milliseconds since 1970. */
  raisedAt: number;
  self: boolean;
}

/** The raised hands, the first one first; of two at the same time the one that joined first. */
export function raisedHands(call: Pick<Call, 'local' | 'participants'>): RaisedHand[] {
  const { local, participants } = call;
  const raised = [local, ...participants].filter(({ handRaisedAt }) => handRaisedAt !== undefined);
  if (raised.length === 0) return [];
  const names = namesOf(call);
  return raised
    .map(({ id, name, handRaisedAt = 0 }) => ({
      participantId: id,
      name: names.get(id) ?? name,
      raisedAt: handRaisedAt,
      self: id === local.id,
    }))
    .sort((one, other) => one.raisedAt - other.raisedAt);
}

/** The hands of others that were not raised before. */
export function newHands(before: readonly RaisedHand[], now: readonly RaisedHand[]): RaisedHand[] {
  const known = new Set(before.map(({ participantId }) => participantId));
  return now.filter(({ participantId, self }) => !self && !known.has(participantId));
}
