import { useQuery } from '@tanstack/react-query';
import { type GetMeetingResponse, ManagedMeeting } from '@waterbus/client';
import { createContext, useContext } from 'react';
import { queries } from '../queries.js';
import { account } from '../sign-in/account.js';
import { remembered } from '../storage/remembered.js';

export type MeetingHere = GetMeetingResponse['meeting'];

/** The meeting of the page, and what its reader may do. */
export interface Place {
  managed: ManagedMeeting;
  meeting: MeetingHere;
  role: 'host' | 'moderator' | 'member';
  /** Host or moderator. */
  moderates: boolean;
  archived: boolean;
  /** A part of the key of each query about this meeting. */
  key: readonly [string, string, string | undefined];
  /** After a change: the page shows this meeting, and reads its lists again. */
  changed(meeting?: Omit<MeetingHere, 'membership'>): void;
}

const PlaceContext = createContext<Place | undefined>(undefined);
export const PlaceProvider = PlaceContext.Provider;

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (!place) throw new Error('outside of a meeting’s page');
  return place;
}

/**
 * Reads the meeting: as the user, or with the host token that this browser has. `place` is undefined
 * for a reader that is neither a member nor the host.
 */
export function useMeetingPlace(code: string, userId: string | undefined) {
  const key = ['meeting', code, userId] as const;
  const query = useQuery({
    queryKey: key,
    queryFn: async () => {
      const asUser = new ManagedMeeting(account, { code });
      const meeting = await asUser.read();
      const hostToken = remembered.hostToken(code);
      const member = meeting.membership?.state === 'joined';
      if (member || hostToken === undefined) return { managed: asUser, meeting, byToken: false };
      return { managed: new ManagedMeeting(account, { code, hostToken }), meeting, byToken: true };
    },
  });
  const { data } = query;
  const role = data && roleOf(data);
  if (!role) return { place: undefined, query };
  const place: Place = {
    ...data,
    role,
    moderates: role !== 'member',
    archived: data.meeting.archivedAt !== null,
    key,
    changed: (meeting) => {
      if (meeting) queries.setQueryData(key, { ...data, meeting: { ...data.meeting, ...meeting } });
      void queries.invalidateQueries({ queryKey: key });
    },
  };
  return { place, query };
}

function roleOf({ meeting, byToken }: { meeting: MeetingHere; byToken: boolean }): Place['role'] | undefined {
  if (byToken) return 'host';
  return meeting.membership?.state === 'joined' ? meeting.membership.role : undefined;
}
