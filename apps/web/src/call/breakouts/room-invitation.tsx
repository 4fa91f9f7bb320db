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
      <h2 id="room-invitation">Join “{name}”?</h2>
      <p id="room-invitation-text">
        You are assigned to this breakout room. {/* Not each second for screen readers. */}
        <span aria-hidden="true">You join in {left} s.</span>
        <span className="visually-hidden">You join in {WAIT} seconds.</span>
      </p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onLater}>
          Not now
        </button>
        <button type="button" className="button primary" onClick={onJoin}>
          Join
        </button>
      </div>
    </dialog>
  );
}

/** Seconds, so that nobody is taken away in the middle of a sentence. */
const WAIT = 10;
