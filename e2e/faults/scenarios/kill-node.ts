import { Gathering } from '../people/gathering.js';
import type { Missed } from '../people/onlookers.js';
import type { Visitor } from '../people/visitor.js';
import type { Scenario } from '../scenario.js';
import { PATIENCE, pause, until } from '../until.js';

/**
 * The process and its media workers end at once. Participants at home there leave the room (R4) and
 * join anew through another node.
 */
export const scenario: Scenario = {
  name: 'kill-node',
  what: 'a Server WS and its media worker are killed (SIGKILL) in a call of four people in browsers, two of them at home on it',
  limits: [
    { figure: 'who was at home there has left the room, ms', percentile: 100, atMost: 5000, rule: 'R4' },
    { figure: 'others see and hear each other again, ms', percentile: 100, atMost: 3000, rule: 'R11' },
    { figure: 'everybody sees and hears everybody again, ms', percentile: 100, atMost: 10_000, rule: 'R4' },
    { figure: 'others were notified that each other left', percentile: 100, atMost: 0, rule: 'R11' },
    { figure: 'ghosts after 10 s', percentile: 100, atMost: 0, rule: 'R4' },
  ],
  async run(run) {
    const { history, random, short, log } = run;
    const gathering = await Gathering.begin(run);
    const media = await gathering.mostMedia();
    // Two others, whose view of each other is judged.
    const { node, people } = await gathering.mostAtHome(media.node, 2);
    const before = people.map(({ participantId }) => participantId);
    const names = people.map(({ name }) => name).join(', ');
    log(`${node.name} goes: at home there ${names}; most media through ${media.node.name}`);
    const fallSilent = gathering.talk();
    await pause(random() * 1000);
    const begun = performance.now();
    let left = Number.NaN;
    const { missed } = await gathering.measure('', async () => {
      history.write({ type: 'fault', what: `SIGKILL to ${node.nodeId}` });
      history.write({ type: 'lost', participantIds: before });
      node.signal('SIGKILL');
      const seesNone = async () => {
        const homes = await gathering.overseer.homes([gathering.roomId]);
        return before.every((id) => !homes.has(id));
      };
      left = await until(seesNone, PATIENCE);
      await pause(begun + (short ? SHORT : LOOKING) - performance.now());
    });
    if (short) await until(async () => (await gathering.ghosts()).length === 0, PATIENCE);
    const ghosts = await gathering.ghosts();
    for (const line of ghosts) log(line);
    await fallSilent();
    const cameAnew = ({ viewer, shown }: Missed) => [viewer, shown].some((one: Visitor) => people.includes(one));
    const others = missed.filter((one) => !cameAnew(one));
    const interrupted = others.filter(({ again }) => again > 0);
    const { went } = await gathering.notices(begun);
    const wrongly = went.filter(({ of }) => !people.includes(of));
    for (const { viewer, of } of wrongly) log(`gone from the page of ${viewer.name}: ${of.name}`);
    await gathering.allFlows();
    await gathering.conclude();
    await node.start();
    await gathering.allServersBack();
    return {
      'who was at home there has left the room, ms': before.length > 0 ? [left] : [],
      // Where the node carried no media of theirs, nothing was interrupted: 0.
      'others see and hear each other again, ms': (interrupted.length > 0 ? interrupted : others).map(
        ({ again }) => again,
      ),
      'everybody sees and hears everybody again, ms': missed.filter(cameAnew).map(({ again }) => again),
      'others were notified that each other left': [wrongly.length],
      'ghosts after 10 s': [ghosts.length],
    };
  },
};

/** Milliseconds, after which no ghost is left. */
const LOOKING = 10_000;
const SHORT = 5_000;
