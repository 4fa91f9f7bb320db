import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { Call } from '@waterbus/client';
import { Eye, LoaderCircle, Maximize, Minimize, MonitorUp, PictureInPicture2, Users } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { RoundButton } from '../parts/round-button.js';
import { canFillScreen, toggleFullScreen, useIsFullScreen } from './full-screen.js';
import { observedBy } from './people/observed.js';
import { canFloat } from './picture-in-picture/picture-window.js';
import { useShortcutKey } from './use-shortcuts.js';

/** The meeting's title, its number of participants, and the connection's state when it is poor. */
export function CallHeader({ call, onFloat }: { call: Call; onFloat: () => void }) {
  const count = call.participants.length + 1;
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that joined is gone, and the focus with it.
  useEffect(() => heading.current?.focus(), []);
  const isFull = useIsFullScreen();
  const keyOf = useShortcutKey();
  return (
    <header className="call-header">
      <h1 ref={heading} tabIndex={-1}>
        {call.title}
      </h1>
      <p className="call-count">
        <Users size={18} />
        <span>
          {count}
          <span className="visually-hidden">
            {' '}
            {plural(count, { one: 'person in the call', other: 'people in the call' })}
          </span>
        </span>
      </p>
      {/* Always present: a live region must exist before its content changes. */}
      <div className="call-notes" role="status">
        {call.observers > 0 && (
          <p className="call-observed">
            <Eye size={18} />
            {observedBy(call.observers)}
          </p>
        )}
        {call.local.publication('screen') && (
          <p className="call-sharing">
            <MonitorUp size={18} />
            <Trans>
              You are sharing<span className="visually-hidden"> your screen</span>
            </Trans>
          </p>
        )}
        {call.connection !== 'connected' && (
          <p className="call-connection">
            {call.connection !== 'closed' && <LoaderCircle size={18} className="turning" />}
            {call.connection === 'closed' ? t`Connection lost` : t`Reconnecting…`}
          </p>
        )}
      </div>
      {canFloat() && <RoundButton name={t`Picture-in-picture`} icon={<PictureInPicture2 />} onClick={onFloat} />}
      {canFillScreen() && (
        <RoundButton
          name={isFull ? t`Leave full screen` : t`Full screen`}
          icon={isFull ? <Minimize /> : <Maximize />}
          shortcut={keyOf('fullscreen')}
          onClick={() => toggleFullScreen()}
        />
      )}
    </header>
  );
}
