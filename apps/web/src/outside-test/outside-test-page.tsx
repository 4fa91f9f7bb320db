import { t } from '@lingui/core/macro';
import '../styles/outside-test.css';
import { runOutsideTest, type TestedPath } from '@waterbus/client';
import { Check, CircleHelp, LoaderCircle, TriangleAlert, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useMailedToken } from '../account/mailed-token.js';
import { Brand } from '../frame/brand.js';
import { Notice } from '../frame/notice.js';
import { isLinkSpent, isTestGone, messageOf } from '../messages.js';
import { summaryOf, type Way, type WayState, waysOf } from './ways.js';

/** The page of an operator's QR code: tests the server's ports from this network. */
export function OutsideTestPage() {
  const token = useMailedToken();
  const { paths, isOver, failure } = useOutsideTest(token);
  if (!token || isTestGone(failure) || isLinkSpent(failure)) {
    return (
      <Notice
        title={t`This link does not work`}
        text={t`It has expired, or was opened before. Run the command on the server again, and scan the new code.`}
      />
    );
  }
  if (failure !== undefined) return <Notice title={t`The test could not be made`} text={messageOf(failure)} />;
  const summary = isOver ? summaryOf(paths) : undefined;
  return (
    <div className="page">
      <header className="page-header">
        <Brand />
      </header>
      <main className="outside-test">
        <div role="status" className="outside-summary" data-severity={summary?.severity}>
          <h1>{summary?.title ?? t`Testing this network…`}</h1>
          <p>{summary?.text ?? t`Keep this page open. It takes up to half a minute.`}</p>
        </div>
        <ul className="card outside-ways">
          {waysOf(paths).map((way) => (
            <WayRow key={way.name} way={way} />
          ))}
        </ul>
        {isOver && (
          <p className="outside-next">{t`The terminal of the server shows the same, with each missing rule.`}</p>
        )}
      </main>
    </div>
  );
}

function WayRow({ way: { name, state, ports, missing } }: { way: Way }) {
  const [Icon, word] = states()[state];
  return (
    <li data-state={state}>
      <Icon size={22} aria-hidden="true" />
      <div>
        <strong>{name}</strong>
        {ports && <span className="outside-ports">{ports}</span>}
        {missing && <span className="outside-missing">{t`Blocked: ${missing}`}</span>}
      </div>
      <span className="outside-word">{word}</span>
    </li>
  );
}

interface Progress {
  paths: readonly TestedPath[];
  isOver: boolean;
  failure?: unknown;
}

/** The test runs once for each token: React may run an effect twice, and the link opens once. */
function useOutsideTest(token: string | undefined): Progress {
  const [progress, setProgress] = useState<Progress>(NONE);
  useEffect(() => {
    if (!token) return;
    const running = tests.get(token) ?? startTest(token);
    tests.set(token, running);
    const listen = () => setProgress(running.progress);
    running.listeners.add(listen);
    listen();
    return () => void running.listeners.delete(listen);
  }, [token]);
  return progress;
}

function startTest(token: string): RunningTest {
  const test: RunningTest = { progress: NONE, listeners: new Set() };
  const update = (change: Partial<Progress>) => {
    test.progress = { ...test.progress, ...change };
    for (const listen of test.listeners) listen();
  };
  runOutsideTest({ token, onProgress: (paths) => update({ paths }) }).then(
    () => update({ isOver: true }),
    (failure) => update({ failure }),
  );
  return test;
}

interface RunningTest {
  progress: Progress;
  listeners: Set<() => void>;
}

const tests = new Map<string, RunningTest>();

const NONE: Progress = { paths: [], isOver: false };

const states = (): Record<WayState, [typeof Check, string]> => ({
  testing: [LoaderCircle, t`Testing…`],
  open: [Check, t`Open`],
  partly: [TriangleAlert, t`Partly`],
  blocked: [X, t`Blocked`],
  unknown: [CircleHelp, t`Not tested`],
});
