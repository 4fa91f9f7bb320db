import type { Call, CloseReason } from '@waterbus/client';
import { useCallback, useEffect, useState } from 'react';
import type { LocalDevices } from '../devices/local-devices.js';
import { useDevices } from '../devices/use-devices.js';
import { isDenied, messageOf } from '../messages.js';
import { toast } from '../parts/toasts.js';
import { CallHeader } from './call-header.js';
import { DevicesDialog } from './devices-dialog.js';
import { followModerators } from './follow-moderators.js';
import { publishDevices } from './publish-devices.js';
import { RemoteSound } from './remote-sound.js';
import type { Shortcut } from './shortcuts.js';
import { Stage } from './stage.js';
import { Toolbar } from './toolbar.js';
import { useCall, useCallsEnd, useComingsAndGoings, useDeviceTroubles } from './use-call.js';
import { useShortcuts } from './use-shortcuts.js';

export function CallPage(props: { call: Call; devices: LocalDevices; onOver: (reason: CloseReason) => void }) {
  const { call, devices, onOver } = props;
  useCall(call);
  useCallsEnd(call, onOver);
  useComingsAndGoings(call);
  const state = useDevices(devices);
  useDeviceTroubles(state);
  const [choosing, setChoosing] = useState(false);
  useEffect(
    () =>
      publishDevices(call, devices, (kind, error) => {
        // Nobody should see themselves and believe that the others do too.
        if (isDenied(error)) devices.switchOff(kind);
        toast(`Your ${kind}: ${messageOf(error)}`);
      }),
    [call, devices],
  );
  useEffect(() => followModerators(call, devices, toast), [call, devices]);
  useShortcuts(useCallback((shortcut: Shortcut) => devices.toggle(shortcut), [devices]));

  return (
    <div className="call">
      <CallHeader call={call} />
      <Stage call={call} devices={devices} />
      <RemoteSound participants={call.participants} speakerId={state.speakerId} />
      <Toolbar
        call={call}
        devices={devices}
        onChooseDevices={() => setChoosing(true)}
        onLeave={() => void call.leave()}
      />
      {choosing && <DevicesDialog devices={devices} onClose={() => setChoosing(false)} />}
    </div>
  );
}
