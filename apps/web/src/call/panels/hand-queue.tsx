import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { raisedHands } from '../people/raised-hands.js';

/** The raised hands in their order. Moderators lower one of them, or all; others their own. */
export function HandQueue({ call }: { call: Call }) {
  const hands = raisedHands(call);
  if (hands.length === 0) return null;
  const { moderate } = call.grants;
  const others = hands.filter(({ self }) => !self);
  const lower = async (ids: string[], own: boolean) => {
    try {
      await Promise.all([own && call.lowerHand(), ids.length > 0 && call.moderation.lowerHands(ids)]);
    } catch (error) {
      toast(messageOf(error));
    }
  };
  return (
    <section className="hand-queue" aria-labelledby="hands-heading">
      <div className="people-heading">
        <h3 id="hands-heading">{t`Raised hands (${{ count: hands.length }})`}</h3>
        {moderate && others.length > 0 && hands.length > 1 && (
          <button
            type="button"
            className="small-button"
            onClick={() =>
              void lower(
                others.map(({ participantId }) => participantId),
                hands.length > others.length,
              )
            }
          >
            {t`Lower all`}
          </button>
        )}
      </div>
      <ol className="people">
        {hands.map(({ participantId, name, self }, index) => (
          <li key={participantId} className="person">
            <div className="person-row">
              <span className="hand-place" aria-hidden="true">
                {index + 1}
              </span>
              <p className="person-who person-name">
                <span>{name}</span>
                {self && <span className="person-you">{t`(you)`}</span>}
              </p>
              {(moderate || self) && (
                <button
                  type="button"
                  className="small-button"
                  aria-label={self ? t`Lower your hand` : t`Lower the hand of ${name}`}
                  onClick={() => void lower(self ? [] : [participantId], self)}
                >
                  {t`Lower`}
                </button>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
