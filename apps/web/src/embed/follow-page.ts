import type { Call } from '@waterbus/client';
import type { MeetingCommand, SurroundingPage } from '@waterbus/embed';
import type { DeviceKind, MediaDevicesStore } from '@waterbus/react';
import type { Preferences } from '../storage/preferences.js';

/** The used parts of the call, of the devices and of the page around. */
export interface EmbeddedCall {
  call: Pick<Call, 'on' | 'leave' | 'participants' | 'closeReason'> & {
    readonly local: Pick<Call['local'], 'id' | 'name'>;
    readonly chat: Pick<Call['chat'], 'send'>;
  };
  devices: Pick<MediaDevicesStore, 'state' | 'subscribe' | 'toggle'>;
  page: Pick<SurroundingPage, 'emit' | 'obey'>;
  show: (view: Preferences['view']) => void;
}

/**
 * Reports the call to the page around the frame, and executes that page's commands, until the call
 * ends or the returned function is called.
 */
export function followPage({ call, devices, page, show }: EmbeddedCall): () => void {
  const on = (kind: DeviceKind) => devices.state[kind].on;
  const reported = { microphone: on('microphone'), camera: on('camera') };
  const reportDevices = () => {
    for (const kind of ['microphone', 'camera'] as const) {
      if (reported[kind] === on(kind)) continue;
      reported[kind] = on(kind);
      page.emit(kind, { on: reported[kind] });
    }
  };
  const execute = async (command: MeetingCommand): Promise<void> => {
    switch (command.command) {
      case 'microphone':
      case 'camera':
        if (on(command.command) !== command.on) devices.toggle(command.command);
        return;
      case 'chat':
        await call.chat.send(command.text);
        return;
      case 'layout':
        return show(command.layout);
      case 'hang-up':
        return call.leave();
    }
  };
  page.emit('joined', { participantId: call.local.id, name: call.local.name });
  page.emit('microphone', { on: reported.microphone });
  page.emit('camera', { on: reported.camera });
  for (const { id, name } of call.participants) page.emit('participant-joined', { participantId: id, name });
  const stops = [
    devices.subscribe(reportDevices),
    page.obey(execute),
    call.on('participant.joined', ({ id, name }) => page.emit('participant-joined', { participantId: id, name })),
    call.on('participant.left', ({ id, name }) => page.emit('participant-left', { participantId: id, name })),
  ];
  const stop = () => {
    for (const one of stops) one();
  };
  stops.push(
    call.on('closed', (reason) => {
      stop();
      page.emit('left', { reason });
    }),
  );
  return stop;
}
