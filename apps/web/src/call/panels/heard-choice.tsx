import { t } from '@lingui/core/macro';
import { useId } from 'react';
import { heardChoices, heardText } from './heard-choices.js';

/** The number of people that are heard at once; 0: all. */
export function HeardChoice(props: { value: number; onChange: (value: number) => void }) {
  const { value, onChange } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t`People heard at once`}</label>
      <select
        id={id}
        value={value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(Number(event.target.value))}
      >
        {heardChoices(value).map((count) => (
          <option key={count} value={count}>
            {heardText(count)}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} className="field-hint">
        {t`If more people talk at the same time, only the loudest are heard.`}
      </p>
    </div>
  );
}
