import type { FromWorker, ToWorker } from '../host/messages.js';
import { MediaNodeError } from '../media-node.js';
import { answerCall } from '../remote/answer-call.js';
import type { MediaNodeCalls } from '../remote/calls.js';
import { engineCalls } from './engine-calls.js';
import { LoadMeter } from './load-meter.js';
import { Shell } from './shell.js';

/** Entry point of a media worker process. It lives as long as its parent's channel. */

if (!process.send) throw new Error('a media worker is started by its host, not by hand');

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent ends its workers itself once calls are closed.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('message', (message) => handle(message as ToWorker));

process.title = 'waterbus-media spare';

let calls: MediaNodeCalls | undefined;

function handle(message: ToWorker): void {
  switch (message.type) {
    case 'start':
      start(message);
      return;
    case 'call':
      void answer(message);
      return;
  }
}

function start(options: Extract<ToWorker, { type: 'start' }>): void {
  process.title = `waterbus-media ${options.nodeId}`;
  try {
    const shell = new Shell({
      port: options.port,
      announcedAddresses: options.announcedAddresses,
      onEvent: (event) => tell({ type: 'event', event }),
    });
    calls = engineCalls(shell);
    const meter = new LoadMeter(shell);
    setInterval(() => shell.utilization(meter.eventLoopUtilization()), UTILIZATION_INTERVAL);
    setInterval(() => tell({ type: 'load', load: meter.read() }), LOAD_INTERVAL);
    tell({ type: 'ready', port: shell.socket.port });
    tell({
      type: 'log',
      level: 'info',
      message: 'media worker up',
      details: { port: shell.socket.port, pid: process.pid, gso: shell.socket.counters().gsoEnabled === 1 },
    });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    process.send!({ type: 'failed', message, ...(code !== undefined && { code }) } satisfies FromWorker, () =>
      process.exit(1),
    );
  }
}

async function answer({ id, method, args }: Extract<ToWorker, { type: 'call' }>): Promise<void> {
  if (!calls) throw new MediaNodeError('not-found', 'a call came before the start');
  tell({ type: 'answer', id, outcome: await answerCall(calls, method, args) });
}

function tell(message: FromWorker): void {
  if (process.connected) process.send!(message);
}

/** Milliseconds. Often enough to notice a burst of packets, seldom enough to cost nothing. */
const UTILIZATION_INTERVAL = 100;
/** Milliseconds; `MediaNode.load` promises a second. */
const LOAD_INTERVAL = 1000;
