import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordedDisk } from '../../../test/power-cut.js';
import { newDataFolder, newFolder, STARTING } from '../../../test/server.js';
import { EmbeddedPostgres } from './embedded-postgres.js';

/** Rows acknowledged, with the number of operations on the disk at that moment. */
const acknowledged: { id: number; at: number }[] = [];
let disk: RecordedDisk;
let image: string;

beforeAll(async () => {
  const folder = path.join(await newDataFolder(), 'postgres');
  image = newFolder();
  disk = new RecordedDisk(folder, path.join(newFolder(), 'base'));
  // Few buffers: pages leave memory while commits wait for the disk.
  const postgres = await disk.open({ parameters: ['shared_buffers=256kB'] });
  await postgres.exec('create table kept (id integer primary key, note text not null)');
  const keep = async (id: number) => {
    const insert = 'insert into kept values ($1::integer, repeat(md5($1::integer::text), 40))';
    if (id % 2 === 0) await postgres.query(insert, [id]);
    else {
      await postgres.transaction(async (transaction) => {
        await transaction.query(insert, [id]);
        await transaction.query(`update kept set note = note || '.' where id = $1`, [id - 10]);
      });
    }
    acknowledged.push({ id, at: disk.length });
  };
  for (let wave = 0; wave < WAVES; wave += 1) {
    await Promise.all(Array.from({ length: WAVE }, (_, place) => keep(wave * WAVE + place)));
    if (wave % 10 === 9) await postgres.exec('checkpoint');
  }
  // The last commits have no checkpoint and no shutdown after them.
  expect(acknowledged).toHaveLength(WAVES * WAVE);
}, STARTING);
afterAll(() => rmSync(image, { recursive: true, force: true }));

describe('R5: a power cut', () => {
  it.each(Array.from({ length: cuts() }, (_, seed) => seed + 1))(
    'keeps every acknowledged row and an intact database (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      const cut = seed === 1 ? disk.length : Math.floor(random() * disk.length);
      disk.rebuild(image, cut, random);
      const rows = await rowsIn(image);
      const promised = acknowledged.filter(({ at }) => at <= cut).map(({ id }) => id);
      expect(promised.filter((id) => !rows.includes(id))).toEqual([]);
    },
    STARTING,
  );

  it(
    'is simulated by a disk that loses unsynced data',
    async () => {
      disk.rebuild(image, disk.length, seeded(1), { syncs: false });
      const rows = await rowsIn(image).catch(() => []);
      expect(rows.length).toBeLessThan(acknowledged.length);
    },
    STARTING,
  );
});

/** Reads all pages (their checksums are verified) and the index; both must name the same rows. */
async function rowsIn(folder: string): Promise<number[]> {
  const postgres = await EmbeddedPostgres.open(folder);
  try {
    const there = await postgres.query<{ there: boolean }>(`select to_regclass('kept') is not null as there`);
    if (!there.rows[0]?.there) return [];
    const { rows } = await postgres.query<{ id: number }>('select id, note from kept');
    await postgres.exec('set enable_seqscan = off; set enable_bitmapscan = off');
    const indexed = await postgres.query<{ id: number }>('select id from kept where id >= 0 order by id');
    const ids = rows.map(({ id }) => id).sort((a, b) => a - b);
    expect(indexed.rows.map(({ id }) => id)).toEqual(ids);
    await postgres.query('insert into kept values (-1, $1)', ['writable']);
    return ids;
  } finally {
    await postgres.close();
  }
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Moments of the cut; run more by hand after a change of these files. */
function cuts(): number {
  return Number(process.env.POWER_CUTS ?? 8);
}

/** Commits that wait for the disk together, and the number of waves. */
const WAVE = 5;
const WAVES = 40;
