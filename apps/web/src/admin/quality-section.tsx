import { t } from '@lingui/core/macro';
import type { MeetingCall } from '@waterbus/client';
import { type SubmitEvent, useState } from 'react';
import { codeIn } from '../meeting/meeting-link.js';
import { Field } from '../parts/field.js';
import { navigate } from '../routing/use-route.js';
import { administration } from './administration.js';
import { CallQuality } from './call-quality.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf } from './moments.js';
import { Section, Waiting } from './section.js';
import { useAnswer } from './use-answer.js';

/** The quality of the calls of one meeting, which the address names. */
export function QualitySection() {
  const [code, setCode] = useState(() => new URLSearchParams(window.location.search).get('code') ?? '');
  const [entered, setEntered] = useState(code);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const read = codeIn(entered.trim());
    if (!read) return;
    navigate(`/admin/quality?code=${read}`, { replace: true });
    setCode(read);
  };
  return (
    <Section title={t`Call quality`} text={t`Who had loss, in which direction, and on whose side: minute by minute.`}>
      <form className="admin-filter admin-form" onSubmit={submit}>
        <Field
          label={t`Meeting code`}
          value={entered}
          placeholder="abc-defg-hjk"
          onChange={({ target }) => setEntered(target.value)}
        />
        <button type="submit" className="button">
          {t`Show`}
        </button>
      </form>
      {code && <Calls key={code} code={code} />}
    </Section>
  );
}

function Calls({ code }: { code: string }) {
  const answer = useAnswer(() => administration.calls(code));
  const [chosen, setChosen] = useState<string>();
  const calls = answer.value ?? [];
  const call = calls.find(({ startedAt }) => startedAt === chosen) ?? calls[0];
  const columns: Column<MeetingCall>[] = [
    { title: t`Call`, cell: ({ startedAt }) => momentOf(startedAt) },
    { title: t`Until`, cell: ({ endedAt }) => (endedAt === null ? t`Running` : momentOf(endedAt)) },
    { title: t`Participants`, kind: 'number', cell: ({ participants }) => participants },
    { title: t`Poor minutes`, kind: 'number', cell: ({ poorMinutes, minutes }) => t`${poorMinutes} of ${minutes}` },
    {
      title: t`Actions`,
      kind: 'actions',
      cell: ({ startedAt }) => (
        <button
          type="button"
          className="button small"
          aria-pressed={startedAt === call?.startedAt}
          aria-label={t`Show the call of ${{ date: momentOf(startedAt) }}`}
          onClick={() => setChosen(startedAt)}
        >
          {startedAt === call?.startedAt ? t`Shown below` : t`Show`}
        </button>
      ),
    },
  ];
  return (
    <>
      <Waiting answer={answer} />
      {answer.value && (
        <DataTable
          label={t`Calls of ${code}`}
          columns={columns}
          rows={calls}
          id={({ startedAt }) => startedAt}
          empty={t`No call of this meeting in the last 30 days.`}
        />
      )}
      {call && <CallQuality key={call.startedAt} code={code} call={call} />}
    </>
  );
}
