import { t } from '@lingui/core/macro';
import type { Call, Meeting, RemoteParticipant } from '@waterbus/client';
import { type OpenedDevices, useMediaDevices } from '@waterbus/react';
import { Eye, Settings, Split } from 'lucide-react';
import { useState } from 'react';
import { latePart } from '../../parts/late-part.js';
import { LoadingDialog } from '../../parts/loading-dialog.js';
import { RoundButton } from '../../parts/round-button.js';
import { SidePanel } from '../../parts/side-panel.js';
import { mayWritePrivately } from '../people/may-write-privately.js';
import { namesOf } from '../people/names.js';
import { observedBy } from '../people/observed.js';
import { HandQueue } from './hand-queue.js';
import { Invitation } from './invitation.js';
import { MuteAll } from './mute-all.js';
import { OwnSpotlight } from './own-spotlight.js';
import { PersonRow } from './person-row.js';
import { RemotePerson } from './remote-person.js';
import type { Waiting } from './use-waiting.js';
import { WaitingList } from './waiting-list.js';

/**
 * The participants of the call, those in the waiting room, and for moderators the actions on them.
 */
export function PeoplePanel(props: {
  call: Call;
  devices: OpenedDevices;
  meeting: Meeting | undefined;
  onMeeting: (meeting: Meeting) => void;
  waiting: Waiting;
  onRooms: () => void;
  /** Opens the chat for a private message. */
  onWriteTo: (to: RemoteParticipant) => void;
  onClose: () => void;
}) {
  const { call, devices, meeting, onMeeting, waiting, onRooms, onWriteTo, onClose } = props;
  const { microphone, camera } = useMediaDevices(devices);
  const [setting, setSetting] = useState(false);
  const { local, participants } = call;
  const names = namesOf(call);
  return (
    <SidePanel
      title={t`People`}
      onClose={onClose}
      actions={
        call.grants.moderate && (
          <>
            <RoundButton name={t`Breakout rooms`} icon={<Split />} aria-haspopup="dialog" onClick={onRooms} />
            <RoundButton
              name={t`Meeting settings`}
              icon={<Settings />}
              aria-haspopup="dialog"
              onClick={() => setSetting(true)}
            />
          </>
        )
      }
    >
      <div className="panel-scroll">
        {call.grants.moderate && <WaitingList call={call} waiting={waiting} />}
        <HandQueue call={call} />
        <section aria-labelledby="in-call-heading">
          <div className="people-heading">
            <h3 id="in-call-heading">{t`In the call (${{ count: participants.length + 1 }})`}</h3>
            {call.grants.moderate && <MuteAll call={call} />}
          </div>
          <ul className="people">
            <PersonRow
              name={names.get(local.id) ?? local.name}
              avatarUrl={local.avatarUrl}
              self
              role={local.role}
              microphone={microphone.on && microphone.track !== undefined}
              camera={camera.on && camera.track !== undefined}
              screen={local.publication('screen') !== undefined}
              reconnecting={call.connection === 'reconnecting'}
              connectionQuality={local.connectionQuality}
              button={call.grants.moderate && <OwnSpotlight call={call} />}
            />
            {participants.map((participant) => (
              <RemotePerson
                key={participant.id}
                call={call}
                participant={participant}
                name={names.get(participant.id) ?? participant.name}
                onWriteTo={mayWritePrivately(meeting, local.role, participant.role) ? onWriteTo : undefined}
              />
            ))}
          </ul>
          {call.observers > 0 && (
            <p className="people-observed">
              <Eye size={18} />
              {observedBy(call.observers)}. {t`They can see and hear everyone, but are not shown.`}
            </p>
          )}
        </section>
        {call.breakouts && (call.grants.moderate || call.breakoutId === undefined) && <RoomsOfPeople call={call} />}
      </div>
      <Invitation code={call.code} title={call.title} />
      {setting && (
        <MeetingSettingsDialog call={call} meeting={meeting} onMeeting={onMeeting} onClose={() => setSetting(false)} />
      )}
    </SidePanel>
  );
}

const RoomsOfPeople = latePart(() => import('../breakouts/rooms-of-people.js'));
const MeetingSettingsDialog = latePart(
  async () => ({ default: (await import('./meeting-settings-dialog.js')).MeetingSettingsDialog }),
  ({ onClose }) => <LoadingDialog title={t`Meeting settings`} onClose={onClose} />,
);
