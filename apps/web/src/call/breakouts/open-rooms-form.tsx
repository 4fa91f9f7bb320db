import { t } from '@lingui/core/macro';
import type { BreakoutPerson, OpenBreakoutsRequest } from '@waterbus/client';
import { type SubmitEvent, useId, useState } from 'react';
import { Field } from '../../parts/field.js';
import { evenly } from './evenly.js';

type Way = 'evenly' | 'by-hand' | 'choice';

/** Asks for the rooms, who belongs to which, and the time. */
export function OpenRoomsForm(props: {
  people: readonly BreakoutPerson[];
  onOpen: (request: OpenBreakoutsRequest) => Promise<boolean>;
}) {
  const { people, onOpen } = props;
  const id = useId();
  const [names, setNames] = useState(() => [1, 2].map(roomName));
  const [way, setWay] = useState<Way>('evenly');
  /** Indices of rooms by participant. */
  const [chosen, setChosen] = useState<ReadonlyMap<string, number>>(new Map());
  const [minutes, setMinutes] = useState('');
  const [busy, setBusy] = useState(false);
  const count = (wanted: number) => {
    if (!Number.isInteger(wanted) || wanted < FEWEST || wanted > MOST) return;
    setNames((before) => Array.from({ length: wanted }, (_, index) => before[index] ?? roomName(index + 1)));
  };
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    await onOpen(requestOf({ names, way, chosen, minutes, people }));
    setBusy(false);
  };
  return (
    <form className="open-rooms" onSubmit={(event) => void submit(event)}>
      <Field
        label={t`Number of rooms`}
        type="number"
        min={FEWEST}
        max={MOST}
        required
        defaultValue={names.length}
        onChange={(event) => count(event.target.valueAsNumber)}
      />
      <fieldset className="room-names">
        <legend>{t`Names`}</legend>
        {names.map((name, index) => (
          <input
            // biome-ignore lint/suspicious/noArrayIndexKey: rooms have no identity but their place.
            key={index}
            aria-label={t`Name of room ${{ number: index + 1 }}`}
            value={name}
            required
            pattern=".*\S.*"
            maxLength={60}
            onChange={(event) => setNames(names.with(index, event.target.value))}
          />
        ))}
      </fieldset>
      <div className="field">
        <label htmlFor={`${id}-way`}>{t`People`}</label>
        <select id={`${id}-way`} value={way} onChange={(event) => setWay(event.target.value as Way)}>
          <option value="evenly">{t`Assign evenly`}</option>
          <option value="by-hand">{t`Assign by hand`}</option>
          <option value="choice">{t`Let everyone choose`}</option>
        </select>
      </div>
      {way === 'by-hand' && (
        <ul className="room-people">
          {people.map((person) => (
            <li key={person.id} className="room-person">
              <span>{person.name}</span>
              <select
                aria-label={t`Room of ${{ name: person.name }}`}
                value={chosen.get(person.id) ?? ''}
                onChange={({ target }) => setChosen(new Map(chosen).set(person.id, Number(target.value || -1)))}
              >
                <option value="">{t`Main room`}</option>
                {names.map((name, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: rooms have no identity but their place.
                  <option key={index} value={index}>
                    {name}
                  </option>
                ))}
              </select>
            </li>
          ))}
        </ul>
      )}
      <Field
        label={t`Minutes`}
        hint={t`Leave it empty to close the rooms yourself.`}
        type="number"
        min={1}
        max={1440}
        value={minutes}
        onChange={(event) => setMinutes(event.target.value)}
      />
      <div className="dialog-buttons">
        <button type="submit" className="button primary" aria-disabled={busy}>
          {t`Open rooms`}
        </button>
      </div>
    </form>
  );
}

function roomName(number: number): string {
  return t`Room ${number}`;
}

function requestOf(form: {
  names: readonly string[];
  way: Way;
  chosen: ReadonlyMap<string, number>;
  minutes: string;
  people: readonly BreakoutPerson[];
}): OpenBreakoutsRequest {
  const { names, way, chosen, minutes, people } = form;
  // Moderators go where they are needed.
  const led = people.filter(({ role }) => role !== 'host' && role !== 'moderator').map(({ id }) => id);
  const groups = way === 'evenly' ? evenly(led, names.length) : [];
  const byHand = (index: number) => people.map(({ id }) => id).filter((id) => chosen.get(id) === index);
  return {
    rooms: names.map((name, index) => ({
      name: name.trim(),
      participantIds: way === 'evenly' ? (groups[index] ?? []) : way === 'by-hand' ? byHand(index) : [],
    })),
    choice: way === 'choice',
    ...(minutes && { endsIn: Number(minutes) * 60 }),
  };
}

const FEWEST = 2;
const MOST = 50;
