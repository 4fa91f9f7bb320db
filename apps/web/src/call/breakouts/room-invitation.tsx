import { t } from '@lingui/core/macro';
import { useEffect, useRef, useState } from 'react';

/** Announces the room to which a moderator has assigned the user, who goes there by itself soon. */
export function RoomInvitation({ name, onJoin, onLater }: { name: string; onJoin: () => void; onLater: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [left, setLeft] = useState(WAIT);
  const join = useRef(onJoin);
  useEffect(() => {
    join.current = onJoin;
  });
  useEffect(() => {
    dialog.current?.showModal();
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left === 0) join.current();
  }, [left]);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby="room-invitation"
      aria-describedby="room-invitation-text"
      onCancel={(event) => {
        event.preventDefault();
        onLater();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="room-invitation">{t`Join “${name}”?`}</h2>
      <p id="room-invitation-text">
        {t`You are assigned to this breakout room.`} {/* Not each second for screen readers. */}
        <span aria-hidden="true">{t`You join in ${{ seconds: left }} s.`}</span>
        <span className="visually-hidden">{t`You join in ${{ seconds: WAIT }} s.`}</span>
      </p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onLater}>
          {t`Not now`}
        </button>
        <button type="button" className="button primary" onClick={onJoin}>
          {t`Join`}
        </button>
      </div>
    </dialog>
  );
}

/** Seconds, so that nobody is taken away in the middle of a sentence. */
const WAIT = 10;
