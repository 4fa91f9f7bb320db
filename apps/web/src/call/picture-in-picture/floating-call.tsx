import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { type OpenedDevices, useMediaDevices } from '@waterbus/react';
import { Phone } from 'lucide-react';
import { useRef } from 'react';
import { createPortal } from 'react-dom';
import { cameraButton, microphoneButton } from '../../devices/device-buttons.js';
import { RoundButton } from '../../parts/round-button.js';
import { Tile } from '../tile.js';
import { tilesOf } from '../tiles.js';

/** The speaker and the most important controls, in a window above all others. */
export default function FloatingCall({ call, devices, page }: { call: Call; devices: OpenedDevices; page: Window }) {
  const state = useMediaDevices(devices);
  const { others, self } = tilesOf(call, state);
  const last = useRef<string>(undefined);
  const speaking = call.activeSpeakers.find(({ participantId }) => participantId !== call.local.id);
  last.current = speaking?.participantId ?? last.current ?? call.spotlight;
  const shown = others.find(({ participantId }) => participantId === last.current) ?? others[0] ?? self;
  return createPortal(
    <main className="floating">
      <Tile key={shown.participantId} {...shown} />
      <section className="floating-controls" aria-label={t`Call controls`}>
        <RoundButton {...microphoneButton(state.microphone)} onClick={() => devices.toggle('microphone')} />
        <RoundButton {...cameraButton(state.camera)} onClick={() => devices.toggle('camera')} />
        <RoundButton
          name={t`Leave`}
          icon={<Phone className="hang-up" />}
          tone="danger"
          onClick={() => void call.leave()}
        />
      </section>
    </main>,
    page.document.body,
  );
}
