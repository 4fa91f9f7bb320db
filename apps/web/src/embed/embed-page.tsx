import { t } from '@lingui/core/macro';
import { type Call, getMeeting, type Meeting } from '@waterbus/client';
import type { SurroundingPage } from '@waterbus/embed';
import { type DeviceKind, type OpenedDevices, tracksToPublish } from '@waterbus/react';
import { lazy, useEffect, useState } from 'react';
import { useOpenDevices } from '../devices/use-open-devices.js';
import { Notice } from '../frame/notice.js';
import { loadCall } from '../lobby/load-call.js';
import { LobbyPage } from '../lobby/lobby-page.js';
import { farewell, messageOf, type OverReason } from '../messages.js';
import { Redirect } from '../routing/redirect.js';
import { meetingPath } from '../routing/route.js';
import { preferences } from '../storage/preferences.js';
import { remembered } from '../storage/remembered.js';
import { followPage } from './follow-page.js';
import { useSurroundingPage } from './use-surrounding-page.js';
import '../styles/embed.css';

/** A meeting in a frame of another page; alone in a window it is the meeting's own page. */
export function EmbedPage({ code }: { code: string }) {
  return window.parent === window ? <Redirect to={meetingPath(code)} /> : <Frame code={code} />;
}

function Frame({ code }: { code: string }) {
  const page = useSurroundingPage();
  useEffect(() => {
    document.documentElement.dataset.embedded = '';
  }, []);
  return page ? <EmbeddedMeeting code={code} page={page} /> : <Opening />;
}

type Stage =
  | { at: 'opening' }
  | { at: 'failed'; error: unknown }
  | { at: 'lobby'; meeting: Meeting }
  | { at: 'call'; call: Call }
  | { at: 'denied' }
  | { at: 'over'; reason: OverReason };

function EmbeddedMeeting({ code, page }: { code: string; page: SurroundingPage }) {
  const [stage, setStage] = useState<Stage>({ at: 'opening' });
  const devices = useOpenDevices(stage.at !== 'over' && stage.at !== 'denied', (kind) => isOffAtFirst(page, kind));
  const { at } = stage;
  useEffect(() => {
    if (at !== 'opening') return;
    const gone = new AbortController();
    begin(code, page, devices, gone.signal).then(
      (begun) => !gone.signal.aborted && setStage(begun),
      (error) => !gone.signal.aborted && setStage({ at: 'failed', error }),
    );
    return () => gone.abort();
  }, [at, code, page, devices]);
  const call = stage.at === 'call' ? stage.call : undefined;
  useEffect(
    () => call && followPage({ call, devices, page, show: (view) => preferences.set({ view }) }),
    [call, devices, page],
  );
  const failure = stage.at === 'failed' ? stage.error : undefined;
  useEffect(() => {
    if (failure !== undefined) page.emit('error', { code: codeOf(failure) });
  }, [failure, page]);
  const again = (text: string) => (
    <button type="button" className="button primary" onClick={() => setStage({ at: 'opening' })}>
      {text}
    </button>
  );

  switch (stage.at) {
    case 'opening':
      return <Opening />;
    case 'failed':
      return (
        <Notice title={t`The meeting could not be opened`} text={messageOf(stage.error)}>
          {again(t`Try again`)}
        </Notice>
      );
    case 'lobby':
      return (
        <LobbyPage
          meeting={stage.meeting}
          devices={devices}
          name={page.options.name}
          onJoined={(joined) => setStage({ at: 'call', call: joined })}
          onMissing={(error) => setStage({ at: 'failed', error })}
          onDenied={() => setStage({ at: 'denied' })}
        />
      );
    case 'denied':
      return <Notice title={t`You were not let in`} text={t`A moderator declined your request.`} />;
    case 'call':
      return <CallPage call={stage.call} devices={devices} onOver={(reason) => setStage({ at: 'over', reason })} />;
    case 'over':
      return (
        <Notice {...farewell(stage.reason)}>
          {stage.reason !== 'kicked' &&
            stage.reason !== 'room-closed' &&
            stage.reason !== 'replaced' &&
            again(t`Rejoin`)}
        </Notice>
      );
  }
}

function Opening() {
  return <p className="loading">{t`Opening the meeting…`}</p>;
}

/** With a token of the page into the call, else into the lobby. */
async function begin(code: string, page: SurroundingPage, devices: OpenedDevices, signal: AbortSignal): Promise<Stage> {
  const { layout, hasJoinTokens } = page.options;
  if (layout) preferences.set({ view: layout });
  if (!hasJoinTokens) return { at: 'lobby', meeting: await getMeeting({ code, signal }) };
  const { join } = await loadCall();
  const joinToken = async () => {
    const { token, signalling = [''] } = await page.joinToken();
    return { token, signalling: [...signalling] };
  };
  const tracks = tracksToPublish(devices.state);
  return { at: 'call', call: await join({ code, joinToken, tracks, onlyObserved: true, signal }) };
}

/** The page may want a device on or off. */
function isOffAtFirst({ options }: SurroundingPage, kind: DeviceKind): boolean {
  const on = options[kind];
  return on === undefined ? remembered.isOff(kind) : !on;
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'internal';
}

const CallPage = lazy(async () => ({ default: (await loadCall()).CallPage }));
