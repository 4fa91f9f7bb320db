import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { Failure } from '../parts/failure.js';
import type { Answer } from './use-answer.js';

/** A part of the page, with its heading. `actions`: beside the heading. */
export function Section(props: { title: string; text?: string; actions?: ReactNode; children: ReactNode }) {
  const { title, text, actions, children } = props;
  return (
    <section className="admin-section" aria-labelledby="admin-heading">
      <div className="admin-section-head">
        <h1 id="admin-heading" tabIndex={-1}>
          {title}
        </h1>
        {actions}
      </div>
      {text && <p className="admin-text">{text}</p>}
      {children}
    </section>
  );
}

export function Reload({ answer }: { answer: Pick<Answer<unknown>, 'busy' | 'reload'> }) {
  return (
    <button
      type="button"
      className="button small"
      aria-disabled={answer.busy}
      onClick={() => {
        if (!answer.busy) void answer.reload();
      }}
    >
      {answer.busy ? t`Refreshing…` : t`Refresh`}
    </button>
  );
}

/** What an answer lacks: it is on its way, or failed. */
export function Waiting({ answer }: { answer: Answer<unknown> }) {
  return (
    <>
      {answer.value === undefined && answer.busy && <p className="list-loading">{t`Loading…`}</p>}
      <Failure of={answer.failure} />
    </>
  );
}
