import '../../styles/breakouts.css';
import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { RoomList } from './room-list.js';
import { usePeopleByRoom } from './use-rooms.js';

/** The people of all rooms, in the list of people. */
export default function RoomsOfPeople({ call }: { call: Call }) {
  const { people } = usePeopleByRoom(call);
  if (!call.breakouts) return null;
  return (
    <section aria-labelledby="rooms-of-people">
      <h3 id="rooms-of-people">{t`All rooms`}</h3>
      <RoomList rooms={call.breakouts.rooms} people={people} ownId={call.local.id} here={call.breakoutId} />
    </section>
  );
}
