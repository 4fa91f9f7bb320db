import { type Balance, balance, type Connections, connections } from './measure.js';
import { type Settings, Simulation, TICKS } from './simulation.js';

export interface Sample extends Balance {
  second: number;
  participants: number;
}

export interface Event {
  second: number;
  what: string;
}

export interface Phase {
  name: string;
  balance: Balance;
  connections: Connections[];
}

export interface Result {
  settings: Settings;
  series: Sample[];
  events: Event[];
  phases: Phase[];
  /** Loads of all nodes in the quiet phase. */
  loads: number[];
  moves: Simulation['moves'];
  drained: { nodes: number; moves: number; slowest: number };
  killed: { nodes: number; publishers: number };
  wrong: Simulation['wrong'];
  shortestReturn: number;
  /** The longest overload of a node's core in seconds, after the rooms had gathered. */
  longestSaturated: number;
  placements: number;
}

/** Fills the cluster, then runs a quiet phase, drains, a loss of nodes and a flash crowd. */
export async function runScenario(
  settings: Settings,
  progress: (line: string) => void,
): Promise<{ result: Result; placementTimes: number[] }> {
  const scenario = new Scenario(settings);
  for (let second = 0; second < settings.duration; second += 1) {
    await scenario.second(second);
    if (second % 120 === 119) progress(scenario.progress(second));
  }
  return scenario.end();
}

class Scenario {
  private readonly simulation: Simulation;
  private readonly result: Omit<Result, 'moves' | 'wrong' | 'shortestReturn' | 'placements'>;
  private readonly saturatedFor = new Map<number, number>();
  /** Media nodes that one drain or the loss takes. */
  private readonly few: number;

  constructor(private readonly settings: Settings) {
    this.simulation = new Simulation(settings);
    this.few = Math.max(1, Math.round(settings.nodes * FEW));
    this.result = {
      settings,
      series: [],
      events: [],
      phases: [],
      loads: [],
      drained: { nodes: 0, moves: 0, slowest: 0 },
      killed: { nodes: 0, publishers: 0 },
      longestSaturated: 0,
    };
  }

  async second(second: number): Promise<void> {
    const { simulation, settings, result } = this;
    simulation.wanted = Math.round(settings.participants * ON_THE_WAY * Math.min(1, (second + 1) / FILLED));
    this.endPhase(second);
    if (DRAINS.includes(second)) this.drainSome(second);
    if (second === KILL) this.killSome(second);
    if (second === CROWD) this.beginCrowd(second);
    if (second >= CROWD)
      simulation.wanted += Math.round(
        settings.participants * CROWD_SHARE * Math.min(1, (second - CROWD) / CROWD_WITHIN),
      );
    for (let tick = 0; tick < TICKS; tick += 1) {
      simulation.step();
      // Lets answers between servers arrive.
      await new Promise(setImmediate);
    }
    this.watchSaturation(second);
    if (second % SAMPLED_EVERY === 0) {
      result.series.push({ second, participants: simulation.meetings.present, ...balance(simulation.nodes) });
    }
  }

  progress(second: number): string {
    const { meetings, nodes } = this.simulation;
    const { max, p50 } = balance(nodes);
    return `${second + 1} s: ${meetings.present.toLocaleString('en')} participants, load p50 ${p50.toFixed(2)}, max ${max.toFixed(2)}`;
  }

  end(): { result: Result; placementTimes: number[] } {
    if (this.settings.duration > CROWD) this.phase('after the crowd');
    const { moves, wrong, shortestReturn, placements, placementTimes } = this.simulation;
    return { result: { ...this.result, moves, wrong, shortestReturn, placements }, placementTimes };
  }

  private endPhase(second: number): void {
    const { nodes } = this.simulation;
    if (second === DRAINS[0]! - 1) {
      this.phase('quiet');
      this.result.loads = nodes.living.map((node) => nodes.load(node));
    }
    if (second === KILL - 1) this.phase('after the drains');
    if (second === CROWD - 1) this.phase('after the loss');
  }

  private phase(name: string): void {
    const { nodes, meetings } = this.simulation;
    this.result.phases.push({ name, balance: balance(nodes), connections: connections(meetings.rooms) });
  }

  private drainSome(second: number): void {
    this.result.events.push({ second, what: `drain ${this.few}` });
    for (const node of this.up().slice(0, this.few)) this.drain(node, second);
  }

  private killSome(second: number): void {
    const { settings, result, few } = this;
    result.events.push({ second, what: `kill ${few}` });
    for (const node of this.up().slice(settings.nodes / 2, settings.nodes / 2 + few)) {
      result.killed.nodes += 1;
      result.killed.publishers += node.publishers.size;
      this.simulation.kill(node);
    }
  }

  private beginCrowd(second: number): void {
    const { meetings, now } = this.simulation;
    const crowd = Math.round(this.settings.participants * CROWD_SHARE);
    this.result.events.push({ second, what: `crowd of ${crowd.toLocaleString('en')}` });
    // Half of the crowd is in rooms of 1,000 that fill within the time, half in the usual rooms.
    for (let i = 0; i < Math.round(crowd / 2000); i += 1) meetings.begin(now, 1000, CROWD_WITHIN);
  }

  private up(): MediaNode[] {
    return this.simulation.nodes.all.filter(({ state }) => state === 'up');
  }

  private drain(node: MediaNode, second: number): void {
    const { simulation, result } = this;
    const { nodes } = simulation;
    result.drained.nodes += 1;
    result.drained.moves += node.publishers.size;
    simulation.drain(node);
    const look = () => {
      if (node.publishers.size > 0) return simulation.after(1 / TICKS, look);
      result.drained.slowest = Math.max(result.drained.slowest, simulation.now / TICKS - second);
      simulation.after(RESTART, () => {
        nodes.end(node);
        nodes.forget(node);
        nodes.add(node.server);
      });
    };
    simulation.after(1 / TICKS, look);
  }

  private watchSaturation(second: number): void {
    const { nodes } = this.simulation;
    for (const node of nodes.living) {
      const seconds = nodes.load(node) >= 1 ? (this.saturatedFor.get(node.index) ?? 0) + 1 : 0;
      this.saturatedFor.set(node.index, seconds);
      if (second > GATHERED) this.result.longestSaturated = Math.max(this.result.longestSaturated, seconds);
    }
  }
}

type MediaNode = Simulation['nodes']['all'][number];

/**
 * Seconds. All participants join within five minutes, as at nine on a Monday; the largest rooms
 * have gathered two and a half minutes later.
 */
const FILLED = 300;
const GATHERED = 450;
/**
 * 2 % of all participants with a room are still on their way, because large rooms gather slowly.
 */
const ON_THE_WAY = 1.02;
/** Three steps of a rolling update, each with 2 % of the nodes, which return empty as new ones. */
const DRAINS = [540, 570, 600];
const RESTART = 10;
const FEW = 0.02;
/** A machine with 2 % of the media nodes fails. */
const KILL = 660;
/** 5 % more participants join within 20 s. */
const CROWD = 720;
const CROWD_SHARE = 0.05;
const CROWD_WITHIN = 20;
/** The whole run, and its part up to the quiet phase, in which the other placement is compared. */
export const DURATION = 900;
export const QUIET_UNTIL = DRAINS[0]!;
const SAMPLED_EVERY = 2;
