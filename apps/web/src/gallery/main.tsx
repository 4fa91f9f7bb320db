// The call page without a server, for a visual check: `npm run dev -w apps/web`, then
// /gallery.html?others=5&screen&reconnecting&trouble&hands&spotlight=person-1&lost&path=relay-tls.
// Only the development server serves this page; it is not part of the build.

import type { MediaPath } from '@waterbus/client';
import { OpenedDevices } from '@waterbus/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { CallPage } from '../call/call-page.js';
import { Toasts } from '../parts/toasts-view.js';
import { remembered } from '../storage/remembered.js';
import { paintedCall } from './painted-call.js';
import '../styles/index.js';
import '../styles/lobby.css';
import '../styles/call.js';

const wanted = new URLSearchParams(window.location.search);
const devices = new OpenedDevices({ memory: remembered });
if (wanted.has('devices')) void devices.open();
const call = paintedCall({
  others: Number(wanted.get('others') ?? 3),
  screen: wanted.has('screen'),
  reconnecting: wanted.has('reconnecting'),
  waiting: Number(wanted.get('waiting') ?? 0),
  observers: Number(wanted.get('observers') ?? 0),
  trouble: wanted.has('trouble'),
  hands: wanted.has('hands'),
  spotlight: wanted.get('spotlight') ?? undefined,
  lost: wanted.has('lost'),
  path: pathOf(wanted.get('path') ?? 'direct'),
});

function pathOf(name: string): MediaPath {
  const [kind, relayProtocol] = name.split('-') as [MediaPath['kind'], MediaPath['relayProtocol']?];
  return { kind, ...(relayProtocol && { relayProtocol }) };
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <CallPage call={call} devices={devices} onOver={() => window.location.reload()} />
    <Toasts page="gallery" />
  </StrictMode>,
);
