import { startPostgres } from '@waterbus/server-api/testing/postgres';
import postgres from 'postgres';
import { exitOnSignals } from './exit-on-signals.js';

// A run that waits for a signal: sends the process id of its PostgreSQL, and its folder.

exitOnSignals();
const database = await startPostgres();
const client = postgres(await database.newDatabase(), { max: 1 });
const [row] = await client`select current_setting('data_directory') as folder, pg_read_file('postmaster.pid') as file`;
process.send?.({ pid: Number(row?.file.split('\n')[0]), folder: row?.folder });
setInterval(() => {}, 60_000);
