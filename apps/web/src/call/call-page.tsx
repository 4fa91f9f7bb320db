import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import {
  type MediaDevicesState,
  type OpenedDevices,
  publishDevices,
  RemoteSound,
  useCall,
  useConversation,
  useMediaDevices,
} from '@waterbus/react';
import { useCallback, useEffect, useState } from 'react';
import { isDenied, messageOf, type OverReason } from '../messages.js';
import { latePart } from '../parts/late-part.js';
import { LoadingDialog } from '../parts/loading-dialog.js';
import { toast } from '../parts/toasts.js';
import { remembered } from '../storage/remembered.js';
import { CallHeader } from './call-header.js';
import { Chat } from './chat/chat.js';
import { useArrivals } from './chat/use-arrivals.js';
import { usePrivate } from './chat/use-private.js';
import { EnableSound } from './enable-sound.js';
import { followModerators } from './follow-moderators.js';
import { toggleFullScreen } from './full-screen.js';
import { MediaBanner } from './media-banner.js';
import { ConfirmDialog } from './panels/confirm-dialog.js';
import { useKnocks } from './panels/use-knocks.js';
import { useMeeting } from './panels/use-meeting.js';
import { usePanel } from './panels/use-panel.js';
import { useWaiting } from './panels/use-waiting.js';
import { usePictureWindow } from './picture-in-picture/picture-window.js';
import { Polls } from './polls/polls.js';
import { usePolls } from './polls/use-polls.js';
import { ReactionsLayer } from './reactions/reactions-layer.js';
import type { Shortcut } from './shortcuts.js';
import { Stage } from './stage.js';
import { Toolbar } from './toolbar.js';
import { useAttention } from './use-attention.js';
import { useCallsEnd, useComingsAndGoings, useDeviceTroubles, useOpenQuestion } from './use-call.js';
import { useHands } from './use-hands.js';
import { useMutedTalking } from './use-muted-talking.js';
import { useOneTab } from './use-one-tab.js';
import { usePushToTalk } from './use-push-to-talk.js';
import { useReturn } from './use-return.js';
import { useShortcuts } from './use-shortcuts.js';
import { useWakeLock } from './use-wake-lock.js';

export function CallPage(props: {
  call: Call;
  /** Of the signed-in user. */
  userId?: string | undefined;
  devices: OpenedDevices;
  onOver: (reason: OverReason) => void;
}) {
  const { call, userId, devices, onOver } = props;
  useCall(call);
  useCallsEnd(call, useOneTab(call, onOver));
  const state = useOwnDevices(call, devices);
  const [setting, setSetting] = useState(false);
  const [rooms, setRooms] = useState(false);
  const conversation = useConversation(call, { drafts: remembered, userId });
  const [meeting, setMeeting] = useMeeting(call);
  const waiting = useWaiting(call);
  const { panel, toggle, close } = usePanel();
  const comings = useComingsAndGoings(call, panel === 'people');
  useKnocks(call, waiting, panel === 'people', () => toggle('people'));
  const polls = usePolls(call, meeting, panel === 'polls', () => toggle('polls'));
  usePrivate(conversation, call, meeting);
  useArrivals(conversation, panel === 'chat');
  useAttention(call, conversation, waiting.list, panel === 'chat');
  const { asking, stay } = useReturn(call);
  const hands = useHands(call, panel === 'people', () => toggle('people'));
  const { toggleHand } = hands;
  const floating = usePictureWindow();
  useCallKeys(devices, toggle, toggleHand);

  return (
    <div className="call">
      <div>
        <CallHeader call={call} onFloat={floating.toggle} />
        <MediaBanner call={call} />
        <BreakoutRooms call={call} isOpen={rooms} onToggle={setRooms} />
      </div>
      <div className="call-body">
        <Stage call={call} devices={devices} />
        {panel === 'chat' && <Chat call={call} conversation={conversation} meeting={meeting} onClose={close} />}
        {panel === 'polls' && <Polls call={call} userId={userId} polls={polls} onClose={close} />}
        {panel === 'people' && (
          <PeoplePanel
            call={call}
            devices={devices}
            meeting={meeting}
            onMeeting={setMeeting}
            waiting={waiting}
            onRooms={() => setRooms(true)}
            onWriteTo={({ id, name, role }) => {
              conversation.writeTo({ participantId: id, name, role });
              toggle('chat');
            }}
            onClose={close}
          />
        )}
      </div>
      <p className="visually-hidden" role="status" aria-label={t`What others do`}>
        {[hands.announcement, comings].filter(Boolean).join('. ')}
      </p>
      <ReactionsLayer call={call} />
      <RemoteSound call={call} speakerId={state.speakerId} refused={(play) => <EnableSound onClick={play} />} />
      <Toolbar
        call={call}
        devices={devices}
        panel={panel}
        conversation={conversation}
        waiting={waiting.list.length}
        polls={polls}
        onTogglePanel={toggle}
        onToggleHand={toggleHand}
        onSettings={() => setSetting(true)}
        onLeave={() => void call.leave()}
      />
      {floating.page && <FloatingCall call={call} devices={devices} page={floating.page} />}
      {asking && (
        <ConfirmDialog title={t`Leave the call?`} confirm={t`Leave`} onConfirm={() => void call.leave()} onClose={stay}>
          {t`The others stay in the call.`}
        </ConfirmDialog>
      )}
      {setting && <SettingsDialog call={call} devices={devices} onClose={() => setSetting(false)} />}
    </div>
  );
}

/** The effects of single keys in a call. */
function useCallKeys(devices: OpenedDevices, toggle: (panel: 'chat' | 'people') => void, toggleHand: () => void): void {
  useShortcuts(
    useCallback(
      (shortcut: Shortcut) => {
        if (shortcut === 'fullscreen') toggleFullScreen();
        else if (shortcut === 'hand') toggleHand();
        else if (shortcut === 'chat' || shortcut === 'people') toggle(shortcut);
        else devices.toggle(shortcut);
      },
      [devices, toggle, toggleHand],
    ),
  );
}

/** The user's devices: kept in step with the call, and reported where that fails. */
function useOwnDevices(call: Call, devices: OpenedDevices): MediaDevicesState {
  const state = useMediaDevices(devices);
  useWakeLock();
  useDeviceTroubles(state);
  useOpenQuestion(state);
  usePushToTalk(call, devices);
  useMutedTalking(call, devices, state.microphone);
  useSentDevices(call, devices);
  return state;
}

/** Publishes the devices, within the user's rights. */
function useSentDevices(call: Call, devices: OpenedDevices): void {
  useEffect(
    () =>
      publishDevices(call, devices, (kind, error) => {
        // Users must not see their own picture and assume that the others do too.
        if (isDenied(error)) devices.switchOff(kind);
        const reason = messageOf(error);
        toast(kind === 'camera' ? t`Your camera: ${reason}` : t`Your microphone: ${reason}`);
      }),
    [call, devices],
  );
  useEffect(() => followModerators(call, devices, toast), [call, devices]);
}

/** From the first rooms on, whose end has to be followed too. After an outage there may be some. */
function BreakoutRooms(props: { call: Call; isOpen: boolean; onToggle: (isOpen: boolean) => void }) {
  const { call, isOpen, onToggle } = props;
  const { breakouts, breakoutId, connection } = call;
  const [isUsed, setUsed] = useState(false);
  const [wasAway, setWasAway] = useState(false);
  useEffect(() => {
    if (connection === 'reconnecting') setWasAway(true);
  }, [connection]);
  const isBack = wasAway && connection === 'connected';
  const isNeeded = isOpen || breakouts !== undefined || breakoutId !== undefined || isBack;
  useEffect(() => {
    if (isNeeded) setUsed(true);
  }, [isNeeded]);
  return isUsed ? (
    <BreakoutsLayer call={call} isOpen={isOpen} onOpen={() => onToggle(true)} onClose={() => onToggle(false)} />
  ) : null;
}

const PeoplePanel = latePart(async () => ({ default: (await import('./panels/people-panel.js')).PeoplePanel }));
const BreakoutsLayer = latePart(
  () => import('./breakouts/breakouts-layer.js'),
  ({ isOpen, onClose }) => isOpen && <LoadingDialog title={t`Breakout rooms`} onClose={onClose} />,
);
const SettingsDialog = latePart(
  () => import('./settings-dialog.js'),
  ({ onClose }) => <LoadingDialog title={t`Settings`} onClose={onClose} />,
);
const FloatingCall = latePart(() => import('./picture-in-picture/floating-call.js'));
