import path from 'node:path';
import { expect, it } from 'vitest';
import { newDataFolder, STARTING } from '../../../test/server.js';
import { disk } from './disk.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { WalSync } from './wal-sync.js';

it(
  'R5: writes wait for the disk, all with one sync; reads continue, and their results become durable with it',
  async () => {
    const folder = path.join(await newDataFolder(), 'postgres');
    let syncs = 0;
    let open = Promise.resolve();
    let release = () => {};
    const hold = () => {
      open = new Promise((resolve) => {
        release = resolve;
      });
    };
    const wal = new WalSync({
      ...disk,
      sync: async (file) => {
        syncs += 1;
        await open;
        await disk.sync(file);
      },
    });
    const postgres = await EmbeddedPostgres.open(folder, { wal });
    await postgres.exec('create table kept (id integer)');

    hold();
    syncs = 0;
    const done: string[] = [];
    const note = (what: string) => () => void done.push(what);
    const write = (id: number) => postgres.query('insert into kept values ($1)', [id]);
    const first = write(1).then(note('first'));
    const others = [2, 3, 4, 5].map((id) => write(id).then(note('other')));
    const transaction = postgres
      .transaction((inside) => inside.query('insert into kept values (6)'))
      .then(note('other'));
    const count = async () =>
      (await postgres.query<{ count: number }>('select count(*)::int from kept')).rows[0]?.count;
    expect(await count()).toBe(6);
    const durable = postgres.durable().then(note('durable'));
    expect([done, syncs]).toEqual([[], 1]);

    release();
    await Promise.all([first, ...others, transaction, durable]);
    expect(done[0]).toBe('first');
    expect(done).toHaveLength(7);
    expect(syncs).toBe(2);
    await postgres.close();
  },
  STARTING,
);
