import { plural, t } from '@lingui/core/macro';
import type { MessageReactions } from '@waterbus/client';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { listOf } from '../../language/language.js';

type Reaction = MessageReactions['list'][number];

/** The reactions to a message, with their numbers. A button adds this user's own, or removes it. */
export function ReactionRow(props: {
  reactions: readonly Reaction[];
  isMe: (person: Reaction['by'][number]) => boolean;
  onReact: ((emoji: string, on: boolean) => void) | undefined;
}) {
  const { reactions, isMe, onReact } = props;
  if (reactions.length === 0) return null;
  return (
    <ul className="message-reactions" aria-label={t`Reactions`}>
      {reactions.map((reaction) => {
        const { emoji, count, by } = reaction;
        const own = by.some(isMe);
        return (
          <li key={emoji}>
            <button
              type="button"
              aria-pressed={own}
              aria-label={`${emoji} ${namesOf(reaction, isMe)}`}
              title={namesOf(reaction, isMe)}
              aria-disabled={onReact === undefined}
              onClick={() => onReact?.(emoji, !own)}
            >
              <span aria-hidden="true">{emoji}</span> {count}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The choice of emojis. Escape closes it. */
export function ReactionPicker(props: { onChoose: (emoji: string) => void; onClose: () => void }) {
  const { onChoose, onClose } = props;
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    first.current?.focus();
    first.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    // Closes the choice only, not the panel around it.
    event.stopPropagation();
    onClose();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be part of a form
    <div role="group" className="message-reaction-picker" aria-label={t`Choose a reaction`} onKeyDown={press}>
      {emojisTexts().map(([emoji, name], index) => (
        <button
          key={emoji}
          ref={index === 0 ? first : undefined}
          type="button"
          aria-label={name}
          title={name}
          onClick={() => onChoose(emoji)}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}

/** "You, Ada and 3 others" */
function namesOf({ count, by }: Reaction, isMe: (person: Reaction['by'][number]) => boolean): string {
  const named = [...by].sort((one, other) => Number(isMe(other)) - Number(isMe(one))).slice(0, MOST_NAMES);
  const names = named.map((person) => (isMe(person) ? t`You` : person.name));
  const others = count - names.length;
  return listOf(others > 0 ? [...names, plural(others, { one: '# other', other: '# others' })] : names);
}

/** The server takes any emoji; these are those that people use most in chats. */
const emojisTexts = () =>
  [
    ['👍', t`Thumbs up`],
    ['❤️', t`Heart`],
    ['😂', t`Laughing`],
    ['🎉', t`Party`],
    ['😮', t`Surprised`],
    ['😢', t`Sad`],
    ['🙏', t`Thank you`],
    ['👏', t`Clapping`],
    ['🔥', t`Fire`],
    ['✅', t`Done`],
    ['👀', t`Looking`],
    ['👎', t`Thumbs down`],
  ] as const;

/** Names in a tooltip. */
const MOST_NAMES = 10;
