import { Gathering } from '../people/gathering.js';
import type { Scenario } from '../scenario.js';
import { PATIENCE, pause } from '../until.js';

/**
 * A closed laptop lid: after 10 s the participant still has its place; after 60 s its grace time is
 * long over and it joins anew.
 */
export const scenario: Scenario = {
  name: 'client-suspend',
  what: 'the browser of one of four people is stopped (SIGSTOP) for 10 s in odd runs and for 60 s in even ones',
  limits: [
    {
      figure: 'sees, hears, is seen and heard again, ms',
      percentile: 100,
      atMost: 10_000,
      rule: 'all back within 10 s',
    },
    { figure: 'others: video gap, ms', percentile: 100, atMost: 1000, rule: 'others go on' },
    { figure: 'others: audio gap, ms', percentile: 100, atMost: 1000, rule: 'others go on' },
    { figure: 'others shown as having left', percentile: 100, atMost: 0, rule: 'R2' },
    { figure: 'shown as having left after 10 s', percentile: 100, atMost: 0, rule: 'R2' },
    { figure: 'ghosts', percentile: 100, atMost: 0, rule: 'R2' },
  ],
  async run(run) {
    const { history, random, log, short, number } = run;
    const long = !short && number % 2 === 0;
    if (short) log('stopped for 10 s; not for 60 s');
    const gathering = await Gathering.begin(run, { alone: 'in its own browser' });
    const sleeper = gathering.visitors.at(-1)!;
    const awake = gathering.visitors.filter((visitor) => visitor !== sleeper);
    await pause(random() * 1000);
    const begun = performance.now();
    const asleep = await gathering.measureAmong(awake, 'others', async () => {
      history.write({ type: 'fault', what: `${sleeper.name} is stopped` });
      await gathering.suspend();
      await pause(long ? LONG : SHORT);
      gathering.wake();
      history.write({ type: 'fault', what: `${sleeper.name} goes on` });
    });
    const back = await gathering.flows(PATIENCE);
    const { went } = await gathering.notices(begun);
    const others = went.filter(({ of, viewer }) => of !== sleeper && viewer !== sleeper);
    const ghosts = await gathering.ghosts();
    for (const line of ghosts) log(line);
    await Promise.all(gathering.visitors.map((visitor) => visitor.sendMessage(`still here, says ${visitor.name}`)));
    await gathering.conclude();
    return {
      'sees, hears, is seen and heard again, ms': [back],
      [`after ${long ? 60 : 10} s: again, ms`]: [back],
      ...asleep.figures,
      'others shown as having left': [others.length],
      'shown as having left after 10 s': long ? [] : [went.length],
      ghosts: [ghosts.length],
    };
  },
};

/** Milliseconds. */
const SHORT = 10_000;
const LONG = 60_000;
