import { t } from '@lingui/core/macro';
import type { PollList } from '@waterbus/react';
import { Plus, X } from 'lucide-react';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { Switch } from '../../parts/switch.js';

/** The form of a new poll. `onDone`: it was started or given up; with the text for screen readers. */
export function NewPoll({ list, onDone }: { list: PollList; onDone: (said: string) => void }) {
  const id = useId();
  const [question, setQuestion] = useState('');
  const [choices, setChoices] = useState<readonly Choice[]>(() => [newChoice(), newChoice()]);
  const [multiple, setMultiple] = useState(false);
  const [anonymous, setAnonymous] = useState(false);
  const [hidden, setHidden] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const texts = choices.map(({ text }) => text.trim()).filter(Boolean);
    if (texts.length < 2 || new Set(texts).size < texts.length) {
      setFailure(t`Enter at least two different choices.`);
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      const resultsFrom = hidden ? 'end' : 'start';
      await list.create({ question, choices: texts, multiple, anonymous, resultsFrom });
      onDone(t`The poll has started.`);
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  // The button that opened the form is gone, and the focus with it.
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  return (
    <form ref={form} className="new-poll" aria-label={t`New poll`} onSubmit={(event) => void submit(event)}>
      <div className="field">
        <label htmlFor={`${id}-question`}>{t`Question`}</label>
        <input
          id={`${id}-question`}
          required
          maxLength={300}
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
      </div>
      <ChoiceFields choices={choices} onChange={setChoices} />
      <Switch label={t`Several choices`} on={multiple} onChange={setMultiple} />
      <Switch label={t`Anonymous`} hint={t`Nobody sees who voted for what.`} on={anonymous} onChange={setAnonymous} />
      <Switch
        label={t`Hide results`}
        hint={t`Everyone sees them when the poll closes.`}
        on={hidden}
        onChange={setHidden}
      />
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
      <div className="small-buttons">
        <button type="button" className="small-button" onClick={() => onDone('')}>
          {t`Cancel`}
        </button>
        <button type="submit" className="small-button primary" aria-disabled={busy}>
          {t`Start poll`}
        </button>
      </div>
    </form>
  );
}

function ChoiceFields(props: { choices: readonly Choice[]; onChange: (choices: readonly Choice[]) => void }) {
  const { choices, onChange } = props;
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const count = useRef(choices.length);
  // The last field: it is new, or the button beside another one is gone.
  useEffect(() => {
    if (count.current !== choices.length) list.current?.querySelector<HTMLElement>('li:last-child input')?.focus();
    count.current = choices.length;
  }, [choices.length]);
  return (
    <>
      <ul ref={list} aria-label={t`Choices`}>
        {choices.map(({ key, text }, index) => (
          <li key={key}>
            <label htmlFor={`${id}-${key}`}>{t`Choice ${{ number: index + 1 }}`}</label>
            <input
              id={`${id}-${key}`}
              required={index < 2}
              maxLength={120}
              value={text}
              onChange={({ target }) =>
                onChange(choices.map((one) => (one.key === key ? { key, text: target.value } : one)))
              }
            />
            {choices.length > 2 && (
              <button
                type="button"
                className="icon-button"
                aria-label={t`Remove choice ${{ number: index + 1 }}`}
                onClick={() => onChange(choices.filter((one) => one.key !== key))}
              >
                <X size={18} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {choices.length < MOST && (
        <button type="button" className="small-button" onClick={() => onChange([...choices, newChoice()])}>
          <Plus size={16} />
          {t`Add choice`}
        </button>
      )}
    </>
  );
}

interface Choice {
  key: number;
  text: string;
}

let lastKey = 0;

function newChoice(): Choice {
  lastKey += 1;
  return { key: lastKey, text: '' };
}

/** As many as the server permits. */
const MOST = 10;
