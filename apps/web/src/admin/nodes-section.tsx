import { t } from '@lingui/core/macro';
import type { ServerNode } from '@waterbus/client';
import { useEffect, useRef } from 'react';
import { LoadMore } from '../account/load-more.js';
import { usePages } from '../account/use-pages.js';
import { toast } from '../parts/toasts.js';
import { administration } from './administration.js';
import { ChangeButton } from './change-button.js';
import { type Column, DataTable } from './data-table.js';
import { momentOf, percentOf } from './moments.js';
import { Reload, Section } from './section.js';

/** The servers of the cluster, and their drains. */
export function NodesSection() {
  const pages = usePages((cursor) => administration.nodes({ cursor, limit: 100 }));
  const { items = [] } = pages;
  useDrainsFollowed(items, pages.reload);
  const others = (node: ServerNode) => items.some((one) => isOpen(one) && one.id !== node.id);
  const columns: Column<ServerNode>[] = [
    {
      title: t`Server`,
      cell: ({ id, kind, addresses }) => (
        <>
          {id}
          <span className="admin-sub">{[kinds()[kind], ...addresses].join(' · ')}</span>
        </>
      ),
    },
    {
      title: t`State`,
      cell: (node) =>
        node.state === 'serving' ? (
          t`Serving`
        ) : (
          <span className="admin-bad">{isEmpty(node, items) ? t`Drained` : t`Draining`}</span>
        ),
    },
    { title: t`Load`, kind: 'number', cell: ({ load }) => percentOf(load) },
    { title: t`Rooms`, kind: 'number', cell: ({ rooms }) => rooms ?? '–' },
    { title: t`Participants`, kind: 'number', cell: ({ participants }) => participants ?? '–' },
    {
      title: t`Started`,
      cell: ({ startedAt, version, host }) => (
        <>
          {momentOf(startedAt)}
          <span className="admin-sub">{[version && t`version ${version}`, host].filter(Boolean).join(' on ')}</span>
        </>
      ),
    },
    {
      title: t`Actions`,
      kind: 'actions',
      cell: (node) => <DrainButton node={node} possible={others(node)} reload={pages.reload} />,
    },
  ];
  return (
    <Section
      title={t`Servers`}
      text={t`Load is the share of its core that the busiest media worker uses. A drained server keeps running; its calls continue on others.`}
      actions={<Reload answer={pages} />}
    >
      {pages.items && (
        <DataTable
          label={t`Servers`}
          columns={columns}
          rows={items}
          id={({ id }) => id}
          empty={t`No server is registered.`}
        />
      )}
      <LoadMore pages={pages} />
    </Section>
  );
}

/** While nodes are emptied, reads their state again and again, and announces each that is empty. */
function useDrainsFollowed(nodes: readonly ServerNode[], reload: () => Promise<void>): void {
  const emptying = nodes.filter((node) => node.kind === 'ws' && node.state === 'draining' && !isEmpty(node, nodes));
  const before = useRef<string[]>([]);
  const latest = useRef(reload);
  latest.current = reload;
  const ids = emptying.map(({ id }) => id).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the set of nodes that are emptied changes
  useEffect(() => {
    for (const id of before.current) {
      const node = nodes.find((one) => one.id === id);
      if (node?.state === 'draining' && isEmpty(node, nodes)) toast(t`${id} is drained`);
    }
    before.current = ids === '' ? [] : ids.split(' ');
    if (ids === '') return;
    const timer = setInterval(() => void latest.current(), DRAIN_LOOKED_AT);
    return () => clearInterval(timer);
  }, [ids]);
}

/** No participant is at home there, and no stream passes its media workers. */
function isEmpty({ id, participants }: ServerNode, nodes: readonly ServerNode[]): boolean {
  const busy = nodes.some(({ ownerId, transports }) => ownerId === id && (transports ?? 0) > 0);
  return !busy && (participants ?? 0) === 0;
}

function DrainButton(props: { node: ServerNode; possible: boolean; reload: () => Promise<void> }) {
  const { node, possible, reload } = props;
  if (node.kind !== 'ws') return null;
  if (node.state === 'draining') {
    const accept = async () => {
      await administration.cancelDrain(node.id);
      await reload();
    };
    const done = t`${{ id: node.id }} accepts newcomers again`;
    return (
      <ChangeButton label={t`Stop draining`} name={t`Stop draining ${{ id: node.id }}`} change={accept} done={done} />
    );
  }
  if (!possible) return <span className="admin-sub">{t`The only one: cannot be drained`}</span>;
  const drain = async () => {
    await administration.drain(node.id);
    await reload();
  };
  return (
    <ChangeButton
      label={t`Drain`}
      name={t`Drain ${{ id: node.id }}`}
      question={t`Move all calls away from ${{ id: node.id }}?`}
      change={drain}
      done={t`${{ id: node.id }} is draining`}
    />
  );
}

function isOpen({ kind, state }: ServerNode): boolean {
  return kind === 'ws' && state === 'serving';
}

const kinds = (): Record<ServerNode['kind'], string> => ({ api: 'API', ws: t`Signalling`, media: t`Media worker` });

/** Milliseconds; servers report their figures about as often. */
const DRAIN_LOOKED_AT = 2000;
