import type { CallModeration, Member, RemoteParticipant } from '@waterbus/client';
import type { Mentionable } from '@waterbus/react';
import { useEffect, useMemo, useState } from 'react';

/** The people whom this user can mention: those in the call, and the other members. */
export function useMentionable(
  source: Pick<CallModeration, 'members'>,
  isMember: boolean,
  ownName: string | undefined,
  participants: readonly RemoteParticipant[],
): Mentionable[] {
  const [members, setMembers] = useState<Member[]>([]);
  useEffect(() => {
    // Without the list, the people of the call are offered.
    if (isMember) source.members().then(setMembers, () => {});
  }, [source, isMember]);
  return useMemo(() => {
    const here: Mentionable[] = participants.map(({ id, name, role }) => ({ participantId: id, name, role }));
    const names = new Set([ownName, ...here.map(({ name }) => name)]);
    const others = members.flatMap(({ user, role }) =>
      user && !names.has(user.name) ? { userId: user.id, name: user.name, role } : [],
    );
    return [...here, ...others].sort((one, other) => one.name.localeCompare(other.name));
  }, [participants, members, ownName]);
}
