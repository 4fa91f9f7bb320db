import type { Call } from '@waterbus/client';
import { Controls, type OpenedDevices, useMediaDevices } from '@waterbus/react';
import { useRef } from 'react';
import { createPortal } from 'react-dom';
import { controlLabels, drawControl } from '../../devices/draw-control.js';
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
      <Controls
        className="floating-controls"
        call={call}
        devices={devices}
        labels={controlLabels()}
        draw={(control) => drawControl(control)}
        screen={false}
      />
    </main>,
    page.document.body,
  );
}
