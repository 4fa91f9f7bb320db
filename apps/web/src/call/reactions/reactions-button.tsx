import { t } from '@lingui/core/macro';
import { type Call, REACTIONS, type Reaction } from '@waterbus/client';
import { ChartBarBig, Hand, SmilePlus } from 'lucide-react';
import { useId, useRef } from 'react';
import { messageOf } from '../../messages.js';
import { RoundButton } from '../../parts/round-button.js';
import { toast } from '../../parts/toasts.js';
import { reactionNames } from './reaction-names.js';

/**
 * Opens the choice of reactions, and on phones hand and polls, for which the toolbar has no room there.
 * The choice stays open, because applause is several reactions; Escape and a click elsewhere close
 * it, and the browser returns the focus.
 */
export function ReactionsButton(props: {
  call: Call;
  onToggleHand: () => void;
  /** The number of open ones; undefined: there are none, and the user creates none. */
  polls: number | undefined;
  onPolls: () => void;
}) {
  const { call, onToggleHand, polls, onPolls } = props;
  const id = useId();
  const choice = useRef<HTMLElement>(null);
  const isHandUp = call.local.handRaisedAt !== undefined;
  const react = (emoji: Reaction) => {
    call.react(emoji).catch((error) => {
      toast(error?.code === 'limit.reached' ? t`Too many reactions. Wait a moment.` : messageOf(error));
    });
  };
  return (
    <>
      <RoundButton
        name={t`React`}
        label={t`React`}
        icon={<SmilePlus />}
        data-hand={isHandUp ? '' : undefined}
        popoverTarget={id}
      />
      <section ref={choice} id={id} popover="auto" aria-label={t`Reactions`} className="reaction-choice">
        <button
          type="button"
          className="reaction-hand"
          onClick={() => {
            onToggleHand();
            choice.current?.hidePopover();
          }}
        >
          <Hand size={20} />
          {isHandUp ? t`Lower hand` : t`Raise hand`}
        </button>
        {polls !== undefined && (
          <button
            type="button"
            className="reaction-hand"
            onClick={() => {
              choice.current?.hidePopover();
              onPolls();
            }}
          >
            <ChartBarBig size={20} />
            {polls > 0 ? t`Polls (${{ polls }} open)` : t`Polls`}
          </button>
        )}
        {REACTIONS.map((emoji) => (
          <button
            key={emoji}
            type="button"
            className="reaction-button"
            aria-label={reactionNames()[emoji]}
            title={reactionNames()[emoji]}
            onClick={() => react(emoji)}
          >
            {emoji}
          </button>
        ))}
      </section>
    </>
  );
}
