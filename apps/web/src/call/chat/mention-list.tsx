import { t } from '@lingui/core/macro';
import type { Mentionable } from '@waterbus/react';

/** The people to be mentioned, above the field; the keyboard stays in the field. */
export function MentionList(props: {
  id: string;
  people: readonly Mentionable[];
  chosen: number;
  onChoose: (person: Mentionable) => void;
}) {
  const { id, people, chosen, onChoose } = props;
  return (
    <div className="mention-list" role="listbox" id={id} aria-label={t`People to mention`}>
      {people.map((person, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the chosen one
        <div
          key={'userId' in person ? person.userId : person.participantId}
          role="option"
          id={`${id}-${index}`}
          aria-selected={index === chosen}
          // Before the field loses the focus, which would close a phone's keyboard.
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(person);
          }}
        >
          {person.name}
        </div>
      ))}
    </div>
  );
}
