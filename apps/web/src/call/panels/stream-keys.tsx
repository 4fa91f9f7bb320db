import { t } from '@lingui/core/macro';
import type { CallModeration, StreamKey } from '@waterbus/client';
import { type SubmitEvent, useEffect, useId, useRef, useState } from 'react';
import { formats } from '../../language/language.js';
import { messageOf } from '../../messages.js';
import { Field } from '../../parts/field.js';
import { NewStreamKey } from './new-stream-key.js';
import { kindOf, streamKinds } from './stream-kinds.js';

interface Streams {
  moderation: Pick<CallModeration, 'streamKeys' | 'createStreamKey' | 'deleteStreamKey'>;
}

/** The keys with which programs such as OBS take part in the meeting, for moderators. */
export function StreamKeys({ call }: { call: Streams }) {
  const { keys, failure, setFailure, add, remove } = useStreamKeys(call);
  const [secret, setSecret] = useState<{ key: StreamKey; secret: string }>();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  return (
    <section className="stream-keys" aria-labelledby={id}>
      <h3 id={id} ref={heading} tabIndex={-1}>
        {t`Streams`}
      </h3>
      <p className="field-hint">
        {t`Programs such as OBS publish or watch with a stream key, without a browser. Anyone with the key can use it.`}
      </p>
      {keys && keys.length > 0 && (
        <ul>
          {keys.map((key) => (
            <KeyRow
              key={key.id}
              streamKey={key}
              onDelete={async () => {
                await remove(key);
                if (secret?.key.id === key.id) setSecret(undefined);
                // The button with the focus does not exist any more.
                heading.current?.focus();
              }}
            />
          ))}
        </ul>
      )}
      {secret && <NewStreamKey streamKey={secret.key} secret={secret.secret} onDone={() => setSecret(undefined)} />}
      <KeyForm
        onCreate={async (name, kind) => {
          const made = await call.moderation.createStreamKey({ name, ...kind });
          add(made.streamKey);
          setSecret({ key: made.streamKey, secret: made.secret });
        }}
        onFailure={setFailure}
      />
      {failure !== undefined && (
        <p className="form-error" role="alert">
          {messageOf(failure)}
        </p>
      )}
    </section>
  );
}

function KeyRow({ streamKey, onDelete }: { streamKey: StreamKey; onDelete: () => Promise<void> }) {
  const { name, expiresAt, lastUsedAt } = streamKey;
  return (
    <li>
      <span className="stream-key-text">
        <strong>{name}</strong>
        <span className="field-hint">
          {kindOf(streamKey).label} · {t`until ${{ date: day(expiresAt) }}`} ·{' '}
          {lastUsedAt ? t`last used ${{ date: day(lastUsedAt) }}` : t`never used`}
        </span>
      </span>
      <button
        type="button"
        className="small-button"
        aria-label={t`Delete the stream key ${name}`}
        onClick={() => void onDelete()}
      >
        {t`Delete`}
      </button>
    </li>
  );
}

function KeyForm(props: {
  onCreate: (name: string, kind: ReturnType<typeof streamKinds>[number]['request']) => Promise<void>;
  onFailure: (failure: unknown) => void;
}) {
  const { onCreate, onFailure } = props;
  const [name, setName] = useState('');
  const [kind, setKind] = useState(0);
  const [busy, setBusy] = useState(false);
  const kindId = useId();
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    onFailure(undefined);
    try {
      await onCreate(name.trim(), streamKinds()[kind]!.request);
      setName('');
    } catch (error) {
      onFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="stream-key-form" onSubmit={(event) => void submit(event)}>
      <Field
        label={t`Name of the stream`}
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
        maxLength={60}
        autoComplete="off"
        hint={t`The others see it on its tile.`}
      />
      <div className="field">
        <label htmlFor={kindId}>{t`Use`}</label>
        <select id={kindId} value={kind} onChange={(event) => setKind(Number(event.target.value))}>
          {streamKinds().map(({ label }, index) => (
            <option key={label} value={index}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div className="small-buttons">
        <button type="submit" className="small-button primary" aria-disabled={busy}>
          {t`Create stream key`}
        </button>
      </div>
    </form>
  );
}

function useStreamKeys({ moderation }: Streams) {
  const [keys, setKeys] = useState<readonly StreamKey[]>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    let over = false;
    moderation.streamKeys().then(
      (found) => !over && setKeys((made = []) => [...found, ...made]),
      (error) => !over && setFailure(error),
    );
    return () => {
      over = true;
    };
  }, [moderation]);
  return {
    keys,
    failure,
    setFailure,
    add: (key: StreamKey) => setKeys((now = []) => [...now, key]),
    remove: async (key: StreamKey) => {
      setFailure(undefined);
      try {
        await moderation.deleteStreamKey(key.id);
        setKeys((now = []) => now.filter(({ id }) => id !== key.id));
      } catch (error) {
        setFailure(error);
      }
    },
  };
}

function day(moment: string): string {
  return new Date(moment).toLocaleDateString(formats(), { dateStyle: 'medium' });
}
