import type { Call } from '@waterbus/client';
import { canShareScreen, shareScreen, stopSharing } from '@waterbus/react';
import { Hand, Link, MessageSquare, MonitorUp, MonitorX, Phone, Settings, Users } from 'lucide-react';
import { cameraButton, microphoneButton } from '../devices/device-buttons.js';
import type { LocalDevices } from '../devices/local-devices.js';
import { useDevices } from '../devices/use-devices.js';
import { copyMeetingLink } from '../meeting/copy-link.js';
import { messageOf } from '../messages.js';
import { RoundButton } from '../parts/round-button.js';
import { toast } from '../parts/toasts.js';
import type { Conversation } from './chat/conversation.js';
import { useConversationState } from './chat/use-conversation.js';
import type { Panel } from './panels/use-panel.js';
import { ReactionsButton } from './reactions/reactions-button.js';
import { useShortcutKey } from './use-shortcuts.js';

export function Toolbar(props: {
  call: Call;
  devices: LocalDevices;
  panel: Panel | undefined;
  conversation: Conversation;
  /** The number of people in the waiting room. */
  waiting: number;
  onTogglePanel: (panel: Panel) => void;
  onToggleHand: () => void;
  onSettings: () => void;
  onLeave: () => void;
}) {
  const { call, devices, panel, conversation, waiting, onTogglePanel, onToggleHand, onSettings, onLeave } = props;
  const unread = useConversationState(conversation).unread.length;
  const { microphone, camera } = useDevices(devices);
  const keyOf = useShortcutKey();
  const sharing = call.local.publication('screen') !== undefined;
  const isHandUp = call.local.handRaisedAt !== undefined;
  const share = () => {
    const done: Promise<unknown> = sharing ? stopSharing(call) : shareScreen(call);
    done.catch((error) => toast(`Your screen could not be shared. ${messageOf(error)}`));
  };
  return (
    <section className="toolbar" aria-label="Call controls">
      <RoundButton
        {...microphoneButton(microphone)}
        label="Mic"
        shortcut={keyOf('microphone')}
        onClick={() => devices.toggle('microphone')}
      />
      <RoundButton
        {...cameraButton(camera)}
        label="Camera"
        shortcut={keyOf('camera')}
        onClick={() => devices.toggle('camera')}
      />
      {canShareScreen() && (
        <RoundButton
          name={sharing ? 'Stop sharing' : 'Share screen'}
          label="Share"
          icon={sharing ? <MonitorX /> : <MonitorUp />}
          tone={sharing ? 'active' : 'plain'}
          onClick={share}
        />
      )}
      <RoundButton
        name={isHandUp ? 'Lower hand' : 'Raise hand'}
        data-spare=""
        icon={<Hand />}
        tone={isHandUp ? 'active' : 'plain'}
        shortcut={keyOf('hand')}
        onClick={onToggleHand}
      />
      <ReactionsButton call={call} onToggleHand={onToggleHand} />
      <RoundButton
        name="Chat"
        label="Chat"
        icon={<MessageSquare />}
        tone={panel === 'chat' ? 'active' : 'plain'}
        aria-expanded={panel === 'chat'}
        badge={unread > 0 && panel !== 'chat' ? { count: unread, meaning: 'unread' } : undefined}
        shortcut={keyOf('chat')}
        onClick={() => onTogglePanel('chat')}
      />
      <RoundButton
        name="People"
        label="People"
        icon={<Users />}
        tone={panel === 'people' ? 'active' : 'plain'}
        aria-expanded={panel === 'people'}
        badge={waiting > 0 ? { count: waiting, meaning: 'waiting' } : undefined}
        shortcut={keyOf('people')}
        onClick={() => onTogglePanel('people')}
      />
      <RoundButton name="Settings" label="Settings" icon={<Settings />} aria-haspopup="dialog" onClick={onSettings} />
      <RoundButton name="Copy link" data-spare="" icon={<Link />} onClick={() => void copyMeetingLink(call.code)} />
      <RoundButton name="Leave" label="Leave" icon={<Phone className="hang-up" />} tone="danger" onClick={onLeave} />
    </section>
  );
}
