import { answerCall, type CallOutcome } from '../calls/answer-call.js';
import type { MediaNodeCalls } from '../calls/media-calls.js';
import type { FromWorker, ToWorker } from '../host/messages.js';
import { engineCalls } from './engine-calls.js';
import { FaultLog } from './fault-log.js';
import { FiguresReport } from './figures-report.js';
import { ForwardingReport } from './forwarding-report.js';
import { KeepingUp } from './keeping-up.js';
import { LoadMeter } from './load-meter.js';
import { bufferWarning, OverloadLog, type Warning } from './overload-log.js';
import { Pipes } from './pipes/pipes.js';
import { Shell } from './shell.js';

/** Entry point of a media worker process. It lives as long as its parent's channel. */

if (!process.send) throw new Error('a media worker is started by its host, not by hand');

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent ends its workers itself after it has closed
// the calls.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('message', (message) => handle(message as ToWorker));

process.title = 'waterbus-media spare';

let calls: MediaNodeCalls | undefined;
let running: Shell | undefined;
const faults = new FaultLog((line) => notify({ type: 'log', level: 'error', ...line }));

function handle(message: ToWorker): void {
  switch (message.type) {
    case 'start':
      start(message);
      return;
    case 'announce':
      running?.announce(message.addresses);
      return;
    case 'call':
      answer(message).catch((error) => failed('media worker call failed', error));
      return;
  }
}

function start(options: Extract<ToWorker, { type: 'start' }>): void {
  process.title = `waterbus-media ${options.nodeId}`;
  try {
    const shell = new Shell({
      port: options.port,
      extraPorts: options.extraPorts,
      announcedAddresses: options.announcedAddresses,
      tcp: options.tcp,
      incoming: options.incoming,
      onEvent: (event) => {
        forwarding.happened(event);
        notify({ type: 'event', event });
      },
      // A router has the id of its meeting.
      onFault: ({ transportId, routerId, error }) =>
        faults.note('media engine fault', {
          ...(routerId && { meetingId: routerId }),
          ...(transportId && { transportId }),
          error,
          faults: shell.engine.faults,
        }),
    });
    running = shell;
    const forwarding = new ForwardingReport(shell);
    const pipes = new Pipes(shell.socket.port, (transportId, error) =>
      faults.note('media pipe failed', { transportId, error: String(error) }),
    );
    calls = engineCalls(shell, (name) => forwarding.called(name), pipes);
    const meter = new LoadMeter(shell);
    const figures = new FiguresReport(shell, pipes);
    const keepingUp = new KeepingUp((delay) => figures.delayed(delay));
    every(KEEPING_UP_INTERVAL, () => keepingUp.tick(performance.now(), KEEPING_UP_INTERVAL));
    const overload = new OverloadLog();
    const warn = (warning: Warning | undefined) => {
      if (warning) notify({ type: 'log', level: 'warn', ...warning });
    };
    every(LOAD_INTERVAL, () => {
      const load = meter.read();
      Object.assign(shell.engine.server, keepingUp.figures(shell.socket.counters()));
      const weights = forwarding.read();
      notify({ type: 'load', load, figures: figures.read(), ...(weights && { forwarding: weights }) });
      warn(overload.note(load, performance.now()));
    });
    notify({ type: 'ready', port: shell.socket.port });
    notify({
      type: 'log',
      level: 'info',
      message: 'media worker up',
      details: { port: shell.socket.port, pid: process.pid, gso: shell.socket.counters().gsoEnabled === 1 },
    });
    warn(bufferWarning(shell.socket));
  } catch (error) {
    const { message, code, port } = error as NodeJS.ErrnoException & { port?: number };
    const known = { ...(code !== undefined && { code }), ...(port !== undefined && { port }) };
    process.send!({ type: 'failed', message, ...known } satisfies FromWorker, () => process.exit(1));
  }
}

/** Answers every call: a failure concerns only its caller. */
async function answer({ id, name, args, timed }: Extract<ToWorker, { type: 'call' }>): Promise<void> {
  const begun = timed && { at: Date.now(), now: performance.now() };
  const outcome: CallOutcome = calls
    ? await answerCall(calls, name, args, (error) => failed(`media worker call failed: ${name}`, error))
    : { ok: false, code: 'not-found', message: 'a call came before the start' };
  const times = begun && { begin: begun.at, end: begun.at + performance.now() - begun.now };
  notify({ type: 'answer', id, outcome, ...(times && { times }) });
}

function every(interval: number, action: () => void): void {
  setInterval(() => {
    try {
      action();
    } catch (error) {
      failed('media worker timer failed', error);
    }
  }, interval);
}

function failed(message: string, error: unknown): void {
  faults.note(message, { error: error instanceof Error ? error.stack : String(error) });
}

function notify(message: FromWorker): void {
  // A channel that has just closed ends this process by itself; its error adds nothing.
  if (process.connected) process.send!(message, () => {});
}

/** Milliseconds. A late timer shows how long packets may have waited. */
const KEEPING_UP_INTERVAL = 100;
/** Milliseconds; `MediaNode.load` promises a second. */
const LOAD_INTERVAL = 1000;
