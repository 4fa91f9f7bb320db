import { type FocusEvent, useLayoutEffect, useRef } from 'react';

interface Place {
  element: HTMLElement;
  table: HTMLTableElement;
  row: string;
  index: number;
}

/**
 * For a table whose buttons disappear with what they change: the focus goes to the first button of
 * the same row, otherwise to the row that took its place, otherwise to the heading of the page. The
 * result: properties of the table.
 */
export function useKeptFocus() {
  const last = useRef<Place>(undefined);
  // After each change of the rows.
  useLayoutEffect(() => {
    const place = last.current;
    if (!place || place.element.isConnected || document.activeElement !== document.body) return;
    last.current = undefined;
    successor(place)?.focus();
  });
  return {
    onFocus: ({ target, currentTarget }: FocusEvent<HTMLTableElement>) => {
      const row = target.closest<HTMLElement>('tr[data-row]');
      if (!row) return;
      const index = rowsOf(currentTarget).indexOf(row);
      last.current = { element: target, table: currentTarget, row: row.dataset.row ?? '', index };
    },
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent<HTMLTableElement>) => {
      if (relatedTarget && !currentTarget.contains(relatedTarget)) last.current = undefined;
    },
  };
}

function successor({ table, row, index }: Place): HTMLElement | null {
  const rows = table.isConnected ? rowsOf(table) : [];
  const same = rows.find(({ dataset }) => dataset.row === row);
  if (same) return same.querySelector<HTMLElement>('[data-kind="actions"] :is(button, a)') ?? header(same);
  const next = rows[index] ?? rows.at(-1);
  return next ? header(next) : document.querySelector<HTMLElement>('#admin-heading');
}

function header(row: HTMLElement): HTMLElement | null {
  return row.querySelector<HTMLElement>('th');
}

function rowsOf(table: HTMLTableElement): HTMLElement[] {
  return [...table.querySelectorAll<HTMLElement>('tr[data-row]')];
}
