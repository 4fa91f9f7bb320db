import { t } from '@lingui/core/macro';
import { idOf, type Mentionable } from '@waterbus/react';
import { Lock } from 'lucide-react';
import { useId } from 'react';

/** Who receives the message that is being written: everyone, or one person. */
export function AddresseeChoice(props: {
  to: Mentionable | undefined;
  people: readonly Mentionable[];
  onChange: (to: Mentionable | undefined) => void;
}) {
  const { to, people, onChange } = props;
  const id = useId();
  // Whoever has left stays chosen: a private text must not go to everyone instead.
  const offered = to && !people.some((one) => idOf(one) === idOf(to)) ? [to, ...people] : people;
  return (
    <div className="chat-addressee">
      <label htmlFor={id}>{t({ message: 'To:', context: 'receiver of a message' })}</label>
      <select
        id={id}
        value={to ? idOf(to) : ''}
        onChange={({ target }) => onChange(offered.find((one) => idOf(one) === target.value))}
      >
        <option value="">{t`Everyone`}</option>
        {offered.map((one) => (
          <option key={idOf(one)} value={idOf(one)}>
            {one.role === 'guest' ? t`${{ name: one.shown ?? one.name }} (guest)` : (one.shown ?? one.name)}
          </option>
        ))}
      </select>
      {to && (
        <span>
          <Lock size={14} />
          {t`Nobody else sees it.`}
        </span>
      )}
    </div>
  );
}
