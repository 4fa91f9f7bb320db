import { plural, t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { type Control, Controls, type Conversation, type OpenedDevices, useConversationState } from '@waterbus/react';
import { ChartBarBig, Hand, Link, MessageSquare, Settings, Users } from 'lucide-react';
import { controlLabels, drawControl } from '../devices/draw-control.js';
import { copyMeetingLink } from '../meeting/copy-link.js';
import { messageOf } from '../messages.js';
import { RoundButton } from '../parts/round-button.js';
import { toast } from '../parts/toasts.js';
import type { Panel } from './panels/use-panel.js';
import type { PollsOfCall } from './polls/use-polls.js';
import { ReactionsButton } from './reactions/reactions-button.js';
import { useShortcutKey } from './use-shortcuts.js';

export function Toolbar(props: ToolbarProps) {
  const { call, devices, polls, onTogglePanel, onToggleHand, onSettings, onLeave } = props;
  const keyOf = useShortcutKey();
  const isHandUp = call.local.handRaisedAt !== undefined;
  return (
    <Controls
      className="toolbar"
      call={call}
      devices={devices}
      labels={controlLabels()}
      draw={(control) => {
        const { name } = control;
        const shortcut = name === 'microphone' || name === 'camera' ? keyOf(name) : undefined;
        return drawControl(control, { label: wordFor(control), shortcut });
      }}
      onFailure={(error) => toast(t`Your screen could not be shared. ${{ reason: messageOf(error) }}`)}
      onLeave={onLeave}
    >
      <RoundButton
        name={isHandUp ? t`Lower hand` : t`Raise hand`}
        data-spare=""
        icon={<Hand />}
        tone={isHandUp ? 'active' : 'plain'}
        shortcut={keyOf('hand')}
        onClick={onToggleHand}
      />
      <ReactionsButton
        call={call}
        onToggleHand={onToggleHand}
        polls={polls.offered ? polls.open : undefined}
        onPolls={() => onTogglePanel('polls')}
      />
      <PanelButtons {...props} />
      <RoundButton
        name={t`Settings`}
        label={t({ message: 'Settings', context: 'a short word below a button' })}
        icon={<Settings />}
        aria-haspopup="dialog"
        onClick={onSettings}
      />
      <RoundButton name={t`Copy link`} data-spare="" icon={<Link />} onClick={() => void copyMeetingLink(call.code)} />
    </Controls>
  );
}

/** Open and close the panels beside the tiles. */
function PanelButtons({ panel, conversation, waiting, polls, onTogglePanel }: ToolbarProps) {
  const unread = useConversationState(conversation).unreadCount;
  const keyOf = useShortcutKey();
  return (
    <>
      <RoundButton
        name={t`Chat`}
        label={t`Chat`}
        icon={<MessageSquare />}
        tone={panel === 'chat' ? 'active' : 'plain'}
        aria-expanded={panel === 'chat'}
        badge={panel === 'chat' ? undefined : unreadBadge(unread)}
        shortcut={keyOf('chat')}
        onClick={() => onTogglePanel('chat')}
      />
      <RoundButton
        name={t`People`}
        label={t({ message: 'People', context: 'a short word below a button' })}
        icon={<Users />}
        tone={panel === 'people' ? 'active' : 'plain'}
        aria-expanded={panel === 'people'}
        badge={waitingBadge(waiting)}
        shortcut={keyOf('people')}
        onClick={() => onTogglePanel('people')}
      />
      {polls.offered && (
        <RoundButton
          name={t`Polls`}
          data-spare=""
          icon={<ChartBarBig />}
          tone={panel === 'polls' ? 'active' : 'plain'}
          aria-expanded={panel === 'polls'}
          badge={panel === 'polls' ? undefined : openBadge(polls.open)}
          onClick={() => onTogglePanel('polls')}
        />
      )}
    </>
  );
}

/** Below the icon on phones. */
function wordFor({ name, isOn }: Control): string {
  switch (name) {
    case 'microphone':
      return t`Mic`;
    case 'camera':
      return t`Camera`;
    case 'screen':
      return isOn ? t({ message: 'Stop', context: 'a short word below a button' }) : t`Share`;
    case 'leave':
      return t({ message: 'Leave', context: 'a short word below a button' });
  }
}

function openBadge(count: number) {
  return count > 0 ? { count, meaning: plural(count, { other: '# open' }) } : undefined;
}

function unreadBadge(count: number) {
  return count > 0 ? { count, meaning: plural(count, { other: '# unread' }) } : undefined;
}

function waitingBadge(count: number) {
  return count > 0 ? { count, meaning: plural(count, { other: '# waiting' }) } : undefined;
}

interface ToolbarProps {
  call: Call;
  devices: OpenedDevices;
  panel: Panel | undefined;
  conversation: Conversation;
  /** The number of people in the waiting room. */
  waiting: number;
  polls: PollsOfCall;
  onTogglePanel: (panel: Panel) => void;
  onToggleHand: () => void;
  onSettings: () => void;
  onLeave: () => void;
}
