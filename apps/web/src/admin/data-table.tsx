import type { ReactNode } from 'react';
import { useKeptFocus } from './use-kept-focus.js';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** The first column is the header of its row. `number`: right-aligned digits. `actions`: buttons. */
  kind?: 'number' | 'actions';
}

/** A dense table, each of whose rows becomes a card on phones. */
export function DataTable<Row>(props: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  empty: string;
}) {
  const { label, columns, rows, id, empty } = props;
  const focus = useKeptFocus();
  if (rows.length === 0) return <p className="list-empty">{empty}</p>;
  return (
    // `role`: rows that are drawn as cards would lose theirs.
    // biome-ignore lint/a11y/noRedundantRoles: as above
    <table className="admin-table" role="table" aria-label={label} {...focus}>
      {/* biome-ignore lint/a11y/noRedundantRoles: as above */}
      <thead role="rowgroup">
        {/* biome-ignore lint/a11y/noRedundantRoles: as above */}
        <tr role="row">
          {columns.map(({ title, kind }) => (
            // biome-ignore lint/a11y/noRedundantRoles: as above
            <th key={title} role="columnheader" scope="col" data-kind={kind}>
              {kind === 'actions' ? <span className="visually-hidden">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      {/* biome-ignore lint/a11y/noRedundantRoles: as above */}
      <tbody role="rowgroup">
        {rows.map((row) => (
          // biome-ignore lint/a11y/noRedundantRoles: as above
          <tr key={id(row)} role="row" data-row={id(row)}>
            {columns.map(({ title, kind, cell }, index) =>
              index === 0 ? (
                // biome-ignore lint/a11y/noRedundantRoles: as above
                <th key={title} role="rowheader" scope="row" tabIndex={-1}>
                  {cell(row)}
                </th>
              ) : (
                // biome-ignore lint/a11y/noRedundantRoles: as above
                <td key={title} role="cell" data-title={title} data-kind={kind}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
