import { t } from '@lingui/core/macro';
import { idOf, type MentionChoice } from '@waterbus/react';

/** The people to be mentioned, above the field; the keyboard stays in the field. */
export function MentionList({ mentions: { id, people, chosen, choose } }: { mentions: MentionChoice }) {
  return (
    <div className="mention-list" role="listbox" id={id} aria-label={t`People to mention`}>
      {people.map((person, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the chosen one
        <div
          key={idOf(person)}
          role="option"
          id={`${id}-${index}`}
          aria-selected={index === chosen}
          // Before the field loses the focus, which would close a phone's keyboard.
          onPointerDown={(event) => {
            event.preventDefault();
            choose(person);
          }}
        >
          {person.name}
        </div>
      ))}
    </div>
  );
}
