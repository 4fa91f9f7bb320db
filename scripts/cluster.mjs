// `npm run cluster`: a whole cluster on this machine: PostgreSQL, Redis, 2 Server APIs, 3 Server WS
// and HAProxy on one public port. For trials and tests: Ctrl-C ends it and deletes all data.
import { startCluster } from '../e2e/system/cluster.ts';
import { build } from './build.mjs';
import { balancer, ensureTools, redis } from './tools.mjs';

if (!ensureTools([...redis, ...balancer]) || (process.env.SKIP_BUILD !== '1' && !build())) process.exit(1);

const cluster = await startCluster({
  httpPort: Number(process.env.HTTP_PORT ?? 8080),
  mediaPort: Number(process.env.MEDIA_PORT ?? 40_000),
  settings: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn' },
}).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

let ending = false;
const end = async () => {
  if (ending) return;
  ending = true;
  const failures = await cluster.close();
  for (const failure of failures) console.error(failure);
  process.exit(failures.length === 0 ? 0 : 1);
};
process.on('SIGINT', () => void end());
process.on('SIGTERM', () => void end());

console.log(`A cluster is running. Open:\n  ${cluster.url}`);
for (const member of [...cluster.apis, ...cluster.nodes]) {
  console.log(`  ${member.name}: process ${member.pid}`);
  void member.ended.then((how) => {
    if (!ending) console.log(`${member.name} has ended (${how})\n${member.output()}`);
  });
}
console.log('Send SIGTERM to a ws process to drain it, SIGKILL to crash it. Ctrl-C ends everything.');
