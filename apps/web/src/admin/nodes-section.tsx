import type { ServerNode } from '@waterbus/client';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf, percentOf } from './moments.js';
import { Reload, Section } from './section.js';

/** The servers of the cluster, and their drains. */
export function NodesSection() {
  const pages = usePages((cursor) => administration.nodes({ cursor, limit: 100 }));
  const { items = [] } = pages;
  const others = (node: ServerNode) => items.some((one) => isOpen(one) && one.id !== node.id);
  const columns: Column<ServerNode>[] = [
    {
      title: 'Server',
      cell: ({ id, kind, addresses }) => (
        <>
          {id}
          <span className="admin-sub">{[KINDS[kind], ...addresses].join(' · ')}</span>
        </>
      ),
    },
    {
      title: 'State',
      cell: ({ state }) => (state === 'serving' ? 'Serving' : <span className="admin-bad">Draining</span>),
    },
    { title: 'Load', kind: 'number', cell: ({ load }) => percentOf(load) },
    { title: 'Rooms', kind: 'number', cell: ({ rooms }) => rooms ?? '–' },
    { title: 'Participants', kind: 'number', cell: ({ participants }) => participants ?? '–' },
    {
      title: 'Started',
      cell: ({ startedAt, version, host }) => (
        <>
          {momentOf(startedAt)}
          <span className="admin-sub">{[version && `version ${version}`, host].filter(Boolean).join(' on ')}</span>
        </>
      ),
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (node) => <DrainButton node={node} possible={others(node)} reload={pages.reload} />,
    },
  ];
  return (
    <Section
      title="Servers"
      text="Load is the share of its core that the busiest media worker uses. A drained server keeps running; its calls continue on others."
      actions={<Reload answer={pages} />}
    >
      {pages.items && (
        <DataTable
          label="Servers"
          columns={columns}
          rows={items}
          id={({ id }) => id}
          empty="No server is registered."
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}

function DrainButton(props: { node: ServerNode; possible: boolean; reload: () => Promise<void> }) {
  const { node, possible, reload } = props;
  if (node.kind !== 'ws') return null;
  if (node.state === 'draining') {
    const accept = async () => {
      await administration.cancelDrain(node.id);
      await reload();
    };
    const done = `${node.id} accepts newcomers again`;
    return <ChangeButton label="Stop draining" name={`Stop draining ${node.id}`} change={accept} done={done} />;
  }
  if (!possible) return <span className="admin-sub">The only one: cannot be drained</span>;
  const drain = async () => {
    await administration.drain(node.id);
    await reload();
  };
  return (
    <ChangeButton
      label="Drain"
      name={`Drain ${node.id}`}
      question={`Move all calls away from ${node.id}?`}
      change={drain}
      done={`${node.id} is draining`}
    />
  );
}

function isOpen({ kind, state }: ServerNode): boolean {
  return kind === 'ws' && state === 'serving';
}

const KINDS: Record<ServerNode['kind'], string> = { api: 'API', ws: 'Signalling', media: 'Media worker' };
