import { t } from '@lingui/core/macro';
import { type Assignments, breakoutsOf, type Call } from '@waterbus/client';
import { X } from 'lucide-react';
import { type SubmitEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { Field } from '../../parts/field.js';
import { RoundButton } from '../../parts/round-button.js';
import { toast } from '../../parts/toasts.js';
import { OpenRoomsForm } from './open-rooms-form.js';
import { RoomList } from './room-list.js';
import { goTo, usePeopleByRoom } from './use-rooms.js';
import { clockText } from './use-time-left.js';

/** Opens rooms, and shows those that are open with their people and, for moderators, all actions. */
export function RoomsDialog({ call, left, onClose }: { call: Call; left: number | undefined; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const rooms = useMemo(() => breakoutsOf(call), [call]);
  const { people, readAgain } = usePeopleByRoom(call);
  const [failure, setFailure] = useState<string>();
  const { breakouts } = call;
  const mayModerate = call.grants.moderate;
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  const act = async (change: () => Promise<unknown>): Promise<boolean> => {
    setFailure(undefined);
    try {
      await change();
      readAgain();
      return true;
    } catch (error) {
      setFailure(messageOf(error));
      return false;
    }
  };
  const join = (id: string | null) => {
    dialog.current?.close();
    void goTo(call, id);
  };
  return (
    <dialog
      ref={dialog}
      className="dialog rooms-dialog"
      aria-labelledby="rooms-heading"
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header>
        <h2 id="rooms-heading">{t`Breakout rooms`}</h2>
        <RoundButton name={t`Close dialog`} icon={<X />} onClick={() => dialog.current?.close()} />
      </header>
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
      {!breakouts && mayModerate && (
        <OpenRoomsForm
          people={people?.main.filter(({ id }) => id !== call.local.id) ?? []}
          onOpen={(request) => act(() => rooms.open(request))}
        />
      )}
      {!breakouts && !mayModerate && <p>{t`The breakout rooms are closed.`}</p>}
      {breakouts && (
        <>
          {left !== undefined && <p className="field-hint">{t`${{ time: clockText(left) }} until everyone returns`}</p>}
          <RoomList
            rooms={breakouts.rooms}
            people={people}
            ownId={call.local.id}
            here={call.breakoutId}
            onJoin={mayModerate || breakouts.choice ? join : undefined}
            onMove={mayModerate ? (assignments: Assignments) => void act(() => rooms.assign(assignments)) : undefined}
          />
          {mayModerate && (
            <>
              <MessageForm onSend={(text) => act(() => rooms.message(text))} />
              <div className="dialog-buttons">
                {left !== undefined && (
                  <button
                    type="button"
                    className="button"
                    onClick={() => void act(() => rooms.update({ endsIn: left + FIVE_MINUTES }))}
                  >
                    {t`5 more minutes`}
                  </button>
                )}
                {left === undefined || left > COUNTDOWN ? (
                  <button
                    type="button"
                    className="button danger"
                    onClick={() => void act(() => rooms.update({ endsIn: COUNTDOWN }))}
                  >
                    {t`Close in 1 minute`}
                  </button>
                ) : (
                  <button type="button" className="button danger" onClick={() => void act(() => rooms.close())}>
                    {t`Close now`}
                  </button>
                )}
              </div>
            </>
          )}
        </>
      )}
    </dialog>
  );
}

function MessageForm({ onSend }: { onSend: (text: string) => Promise<boolean> }) {
  const [text, setText] = useState('');
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!text.trim() || !(await onSend(text.trim()))) return;
    setText('');
    toast(t`Sent to all rooms`);
  };
  return (
    <form className="rooms-message" onSubmit={(event) => void submit(event)}>
      <Field
        label={t`Message to all rooms`}
        value={text}
        maxLength={500}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="small-button">
        {t`Send`}
      </button>
    </form>
  );
}

/** Seconds. */
const COUNTDOWN = 60;
const FIVE_MINUTES = 300;
