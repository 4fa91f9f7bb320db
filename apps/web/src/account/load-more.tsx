import { t } from '@lingui/core/macro';
import { Failure } from '../parts/failure.js';
import type { Pages } from './use-pages.js';

/**
 * The end of a list: a button for the next page, or for a retry. `onMore`: called before the next
 * page is read.
 */
export function LoadMore({ pages, onMore }: { pages: Pages<unknown>; onMore?: () => void }) {
  const { items, more, busy, failure, load } = pages;
  return (
    <>
      {!items && busy && <p className="list-loading">{t`Loading…`}</p>}
      <Failure of={failure} />
      {(more || failure !== undefined) && (
        <button
          type="button"
          className="button"
          aria-disabled={busy}
          onClick={() => {
            onMore?.();
            void load();
          }}
        >
          {failure !== undefined ? t`Try again` : busy ? t`Loading…` : t`Load more`}
        </button>
      )}
    </>
  );
}
