import { t } from '@lingui/core/macro';
import type { Assignments, BreakoutPeople, Breakouts } from '@waterbus/client';

/** The main room and the breakout rooms with their people. Without `onJoin` and `onMove` only to read. */
export function RoomList(props: {
  rooms: Breakouts['rooms'];
  people: BreakoutPeople | undefined;
  ownId: string;
  /** The user's room; undefined: the main room. */
  here: string | undefined;
  onJoin?: ((id: string | null) => void) | undefined;
  onMove?: ((assignments: Assignments) => void) | undefined;
}) {
  const { rooms, people, ownId, here, onJoin, onMove } = props;
  const all = [
    { id: null, name: t`Main room`, people: people?.main ?? [] },
    ...rooms.map((room) => ({ ...room, people: people?.rooms.find(({ id }) => id === room.id)?.people ?? [] })),
  ];
  return (
    <ul className="room-list">
      {all.map((room) => (
        <li key={room.id ?? 'main'}>
          <div className="room-heading">
            <h3 className="room-name">
              {room.name} ({room.people.length})
            </h3>
            {onJoin && room.id !== (here ?? null) && (
              <button
                type="button"
                className="small-button"
                aria-label={t`Join ${{ room: room.name }}`}
                onClick={() => onJoin(room.id)}
              >
                {t`Join`}
              </button>
            )}
          </div>
          <ul className="room-people">
            {room.people.map((person) => {
              const name = person.id === ownId ? t`${{ name: person.name }} (you)` : person.name;
              return (
                <li key={person.id} className="room-person">
                  <span>{name}</span>
                  {onMove && person.id !== ownId && (
                    <select
                      aria-label={t`Room of ${{ name: person.name }}`}
                      value={person.assigned ?? room.id ?? ''}
                      onChange={(event) => onMove({ [person.id]: event.target.value || null })}
                    >
                      {all.map(({ id, name }) => (
                        <option key={id ?? 'main'} value={id ?? ''}>
                          {name}
                        </option>
                      ))}
                    </select>
                  )}
                </li>
              );
            })}
          </ul>
        </li>
      ))}
    </ul>
  );
}
