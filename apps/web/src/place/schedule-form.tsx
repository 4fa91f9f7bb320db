import { plural, t } from '@lingui/core/macro';
import { type Schedule, WaterbusError } from '@waterbus/client';
import { useEffect, useId, useRef, useState } from 'react';
import { useForm, useSubmission } from '../account/use-submission.js';
import { weekdayName } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { Field } from '../parts/field.js';
import { toast } from '../parts/toasts.js';
import { type MeetingHere, usePlace } from './use-place.js';
import { fromZone, inZone, ownZone } from './zoned-time.js';

/** Sets, changes or removes the date of the meeting and its repetition. */
export function ScheduleForm({ onDone }: { onDone: () => void }) {
  const { managed, meeting, changed } = usePlace();
  const form = useRef<HTMLFormElement>(null);
  const [fields, setFields] = useState(() => fieldsOf(meeting));
  const set = (change: Partial<Fields>) => setFields({ ...fields, ...change });
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  const save = useForm(async () => {
    const at = fromZone(fields.date, fields.time, fields.timeZone);
    if (at === undefined) throw new WaterbusError('request.invalid', 'no date');
    const scheduledStart = new Date(at).toISOString();
    changed(await managed.moderation.updateMeeting({ scheduledStart, schedule: scheduleOf(fields) }));
    toast(t`Date saved`);
    onDone();
  });
  const remove = useSubmission(async () => {
    changed(await managed.moderation.updateMeeting({ scheduledStart: null }));
    toast(t`Date removed`);
    onDone();
  });
  return (
    <form ref={form} className="account-fields" onSubmit={save.submit} aria-labelledby="dates-heading">
      <div className="place-fields">
        <Field
          label={t`Date`}
          type="date"
          value={fields.date}
          onChange={(event) => set({ date: event.target.value })}
          required
        />
        <Field
          label={t`Time`}
          type="time"
          value={fields.time}
          onChange={(event) => set({ time: event.target.value })}
          required
        />
      </div>
      <div className="place-fields">
        <Choice
          label={t`Duration`}
          value={fields.duration}
          options={durations(fields.duration).map((minutes) => [minutes, durationName(minutes)])}
          onChange={(duration) => set({ duration: Number(duration) })}
        />
        <Choice
          label={t`Time zone`}
          value={fields.timeZone}
          options={zones(fields.timeZone).map((name) => [name, name.replaceAll('_', ' ')])}
          onChange={(timeZone) => set({ timeZone })}
        />
      </div>
      <Choice
        label={t`Repeats`}
        value={fields.repeats}
        options={repetitions()}
        onChange={(repeats) => set({ repeats: repeats as Fields['repeats'] })}
      />
      <RepetitionFields fields={fields} set={set} />
      <Failure of={save.failure ?? remove.failure} />
      <div className="account-buttons">
        <button type="submit" className="button small primary" aria-disabled={save.busy}>
          {t`Save`}
        </button>
        <button type="button" className="button small" onClick={onDone}>
          {t`Cancel`}
        </button>
        {meeting.scheduledStart !== null && (
          <button
            type="button"
            className="button small quiet"
            aria-disabled={remove.busy}
            onClick={() => void remove.run()}
          >
            {t`Remove the date`}
          </button>
        )}
      </div>
    </form>
  );
}

function RepetitionFields({ fields, set }: { fields: Fields; set: (change: Partial<Fields>) => void }) {
  if (fields.repeats === 'never') return null;
  return (
    <>
      {fields.repeats === 'week' && (
        <Weekdays chosen={fields.weekdays ?? [weekdayOf(fields.date)]} onChange={(weekdays) => set({ weekdays })} />
      )}
      <Field
        label={t`Until (optional)`}
        type="date"
        min={fields.date}
        value={fields.until}
        onChange={(event) => set({ until: event.target.value })}
      />
    </>
  );
}

function Choice(props: {
  label: string;
  value: string | number;
  options: readonly (readonly [value: string | number, text: string])[];
  onChange: (value: string) => void;
}) {
  const { label, value, options, onChange } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

function Weekdays({ chosen, onChange }: { chosen: number[]; onChange: (chosen: number[]) => void }) {
  return (
    <fieldset className="place-weekdays">
      <legend>{t`On`}</legend>
      {[1, 2, 3, 4, 5, 6, 7].map((weekday) => (
        <label key={weekday}>
          <input
            type="checkbox"
            checked={chosen.includes(weekday)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, weekday] : chosen.filter((other) => other !== weekday))
            }
          />
          {weekdayName(weekday)}
        </label>
      ))}
    </fieldset>
  );
}

interface Fields {
  date: string;
  time: string;
  duration: number;
  timeZone: string;
  repeats: 'never' | 'day' | 'weekdays' | 'week';
  /** Undefined: the weekday of the date. */
  weekdays: number[] | undefined;
  until: string;
  /** Of a repetition that this form does not offer: kept. */
  interval: number;
}

function fieldsOf({ scheduledStart, schedule }: MeetingHere): Fields {
  const timeZone = schedule?.timeZone ?? ownZone();
  const repeats = schedule?.repeats;
  const start = inZone(scheduledStart === null ? nextHour() : Date.parse(scheduledStart), timeZone);
  return {
    ...start,
    timeZone,
    duration: schedule?.duration ?? 60,
    repeats: !repeats ? 'never' : repeats.every === 'day' ? 'day' : 'week',
    weekdays: repeats?.weekdays,
    until: repeats?.until ?? '',
    interval: repeats?.interval ?? 1,
  };
}

function scheduleOf({ duration, timeZone, repeats, weekdays, until, interval, date }: Fields): Schedule {
  if (repeats === 'never') return { duration, timeZone, repeats: null };
  const end = { interval, until: until === '' ? null : until };
  if (repeats === 'day') return { duration, timeZone, repeats: { every: 'day', ...end } };
  const days = repeats === 'weekdays' ? [1, 2, 3, 4, 5] : weekdays?.length ? weekdays : [weekdayOf(date)];
  return { duration, timeZone, repeats: { every: 'week', weekdays: days, ...end } };
}

function weekdayOf(date: string): number {
  return new Date(`${date}T12:00Z`).getUTCDay() || 7;
}

function nextHour(): number {
  return Math.ceil(Date.now() / 3_600_000) * 3_600_000;
}

function durations(own: number): number[] {
  return [...new Set([15, 30, 45, 60, 90, 120, 180, 240, 480, own])].toSorted((a, b) => a - b);
}

function durationName(minutes: number): string {
  const hours = minutes / 60;
  if (minutes % 60 === 0) return plural(hours, { one: '# hour', other: '# hours' });
  if (minutes > 60 && minutes % 30 === 0) return plural(hours, { other: '# hours' });
  return plural(minutes, { other: '# minutes' });
}

function zones(own: string): string[] {
  return [...new Set([own, ...Intl.supportedValuesOf('timeZone'), 'UTC'])];
}

const repetitions = () =>
  [
    ['never', t`Never`],
    ['day', t`Every day`],
    ['weekdays', t`Every weekday, Monday to Friday`],
    ['week', t`Every week`],
  ] as const;
