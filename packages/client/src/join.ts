import type { WatchElement } from './adaptive/watch-element.js';
import type { Call } from './api/call.js';
import type { JoinOptions, TokenJoinOptions } from './api/join-options.js';
import { LiveCall } from './call/live-call.js';
import { authorization, likelyOrigin } from './rest/authorization.js';
import { type OpenSocket, openSocket } from './signalling/socket.js';
import type { MediaDevice } from './webrtc/device.js';
import { mediasoupDevice } from './webrtc/mediasoup-device.js';

/**
 * Joins a meeting. Resolves as soon as the room is known; `tracks` are being published and all
 * participants subscribed to by then.
 *
 * @throws {WaterbusError} `meeting.not_found`, `meeting.password_required`,
 * `meeting.wrong_password`, `meeting.full`, `meeting.locked`, `permission.denied` (a moderator did
 * not admit this participant), `request.rate_limited`, `network.unreachable`,
 * `browser.unsupported`, … The reason of `signal` when it is aborted.
 */
export async function join(options: JoinOptions | TokenJoinOptions): Promise<Call> {
  const call = await joinWith(options, { device: mediasoupDevice(), openSocket });
  reportWhileOpen(call);
  return call;
}

/** Reports what the participant sees until the call ends. */
export function reportWhileOpen(call: Pick<LiveCall, 'reportFrames' | 'on' | 'connection'>): void {
  const reporting = setInterval(() => void call.reportFrames(), FRAMES_INTERVAL);
  call.on('closed', () => clearInterval(reporting));
  if (call.connection === 'closed') clearInterval(reporting);
}

/** `join` on a given WebRTC and socket implementation. */
export async function joinWith(
  options: JoinOptions | TokenJoinOptions,
  { device, openSocket, watch }: { device: MediaDevice; openSocket: OpenSocket; watch?: WatchElement },
): Promise<LiveCall> {
  const call = new LiveCall({
    server: options.server,
    code: options.code,
    accessToken: options.accessToken,
    autoSubscribe: options.autoSubscribe ?? true,
    onlyObserved: options.onlyObserved,
    iceTransportPolicy: options.iceTransportPolicy,
    device,
    openSocket,
    watch,
    authorize: authorization(options),
    likelyOrigin: likelyOrigin(options),
    breakoutToken: options.breakoutToken,
  });
  for (const { track, ...stream } of options.tracks ?? []) call.publishSoon(track, stream);
  await call.start(options.signal);
  watchPage(call);
  return call;
}

/** The page's own events: changes of the network, and the page being closed. Ends with the call. */
function watchPage(call: LiveCall): void {
  if (typeof globalThis.addEventListener !== 'function') return;
  const over = new AbortController();
  const { signal } = over;
  globalThis.addEventListener('online', () => call.networkChanged(), { signal });
  globalThis.addEventListener('offline', () => call.networkChanged(), { signal });
  // From one network to another; not in every browser (Network Information API).
  const { connection } = (globalThis.navigator ?? {}) as { connection?: EventTarget };
  connection?.addEventListener?.('change', () => call.networkChanged(), { signal });
  // Best effort, so that others do not wait for the grace time after a user closed the page.
  globalThis.addEventListener('pagehide', () => void call.leave(), { signal });
  call.on('closed', () => over.abort());
  if (call.connection === 'closed') over.abort();
}

/**
 * Milliseconds. Reading statistics costs a page some milliseconds; a report counts for ten seconds.
 */
const FRAMES_INTERVAL = 4_000;
