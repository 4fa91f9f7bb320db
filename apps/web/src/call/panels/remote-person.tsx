import { t } from '@lingui/core/macro';
import type { Call, RemoteParticipant } from '@waterbus/client';
import {
  Ban,
  DoorOpen,
  EllipsisVertical,
  MessageSquareLock,
  MicOff,
  MonitorX,
  Spotlight,
  UserMinus,
  VideoOff,
} from 'lucide-react';
import { type ReactNode, useId, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { actionsOn, type PersonAction } from './people-actions.js';
import { PersonRow } from './person-row.js';

/** Another participant in the call, with this user's actions on it. */
export function RemotePerson(props: {
  call: Call;
  participant: RemoteParticipant;
  name: string;
  /** Undefined: the meeting permits no private message to this person. */
  onWriteTo: ((to: RemoteParticipant) => void) | undefined;
}) {
  const { call, participant, name, onWriteTo } = props;
  const { id, role } = participant;
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState<Removal>();
  const menuId = useId();
  const menuButton = useRef<HTMLButtonElement>(null);
  const actions: (PersonAction | 'message')[] = [
    ...(onWriteTo ? (['message'] as const) : []),
    ...actionsOn({ role: call.local.role, moderate: call.grants.moderate }, participant, id === call.spotlight),
  ];
  const on = (source: 'microphone' | 'camera' | 'screen') => participant.publication(source)?.muted === false;
  const perform = (action: PersonAction) => {
    // The action's own button disappears, and the focus must not be lost with it.
    menuButton.current?.focus();
    setOpen(false);
    doing[action](call, id).catch((error) => toast(`${name}: ${messageOf(error)}`));
  };
  const choose = (action: PersonAction | 'message') => {
    if (action === 'message') onWriteTo?.(participant);
    else if (isRemoval(action)) setAsking(action);
    else perform(action);
  };
  return (
    <PersonRow
      name={name}
      avatarUrl={participant.avatarUrl}
      role={role}
      microphone={on('microphone')}
      camera={on('camera')}
      screen={on('screen')}
      reconnecting={participant.connection === 'reconnecting'}
      connectionQuality={participant.connectionQuality}
      button={
        actions.length > 0 && (
          <button
            ref={menuButton}
            type="button"
            className="icon-button"
            aria-label={t`Actions for ${name}`}
            aria-expanded={open}
            aria-controls={open ? menuId : undefined}
            onClick={() => setOpen(!open)}
          >
            <EllipsisVertical size={20} />
          </button>
        )
      }
    >
      {open && actions.length > 0 && <ActionList id={menuId} name={name} actions={actions} onChoose={choose} />}
      {asking && (
        <ConfirmDialog
          title={asking === 'ban' ? t`Ban ${name}?` : t`Remove ${name}?`}
          confirm={asking === 'ban' ? t`Ban` : t`Remove`}
          onConfirm={() => perform(asking)}
          onClose={() => setAsking(undefined)}
        >
          {consequence(asking, name, role)}
        </ConfirmDialog>
      )}
    </PersonRow>
  );
}

function ActionList(props: {
  id: string;
  name: string;
  actions: (PersonAction | 'message')[];
  onChoose: (action: PersonAction | 'message') => void;
}) {
  return (
    <div id={props.id} className="person-actions">
      {props.actions.map((action) => (
        <button
          key={action}
          type="button"
          className={isRemoval(action) ? 'row-button danger' : 'row-button'}
          // Speech control and lists of buttons distinguish it from the user's own.
          aria-label={`${actionShown()[action].text}: ${props.name}`}
          onClick={() => props.onChoose(action)}
        >
          {actionShown()[action].icon}
          {actionShown()[action].text}
        </button>
      ))}
    </div>
  );
}

type Removal = 'remove' | 'ban';

function isRemoval(action: PersonAction | 'message'): action is Removal {
  return action === 'remove' || action === 'ban';
}

function consequence(removal: Removal, name: string, role: RemoteParticipant['role']): string {
  if (removal === 'remove') return t`${name} leaves the call now and can join again with the link.`;
  return role === 'guest'
    ? t`${name} leaves the call now and cannot come back. Guests are banned by network address, so others who share it may be banned too.`
    : t`${name} leaves the call now, is no longer a member, and cannot come back.`;
}

const doing: Record<PersonAction, (call: Call, id: string) => Promise<void>> = {
  spotlight: ({ moderation }, id) => moderation.spotlight(id),
  endSpotlight: ({ moderation }) => moderation.spotlight(null),
  mute: ({ moderation }, id) => moderation.mute(id),
  stopVideo: ({ moderation }, id) => moderation.stopVideo(id),
  stopScreen: ({ moderation }, id) => moderation.stopVideo(id, 'screen'),
  toWaitingRoom: ({ moderation }, id) => moderation.moveToWaitingRoom(id),
  remove: ({ moderation }, id) => moderation.remove(id),
  ban: ({ moderation }, id) => moderation.ban(id),
};

const actionShown = (): Record<PersonAction | 'message', { text: string; icon: ReactNode }> => ({
  message: { text: t`Message privately`, icon: <MessageSquareLock size={18} /> },
  spotlight: { text: t`Spotlight for everyone`, icon: <Spotlight size={18} /> },
  endSpotlight: { text: t`End spotlight`, icon: <Spotlight size={18} /> },
  mute: { text: t`Mute microphone`, icon: <MicOff size={18} /> },
  stopVideo: { text: t`Stop camera`, icon: <VideoOff size={18} /> },
  stopScreen: { text: t`Stop screen sharing`, icon: <MonitorX size={18} /> },
  toWaitingRoom: { text: t`Move to waiting room`, icon: <DoorOpen size={18} /> },
  remove: { text: t`Remove from call`, icon: <UserMinus size={18} /> },
  ban: { text: t`Ban from meeting`, icon: <Ban size={18} /> },
});
