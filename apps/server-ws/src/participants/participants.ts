import type { ParticipantsContext } from './context.js';
import { Departures } from './departures.js';
import { Handovers } from './handover.js';
import { Joining } from './joining.js';
import { Moves } from './moves.js';
import { Opening } from './opening.js';
import { Reassertion } from './reassertion.js';
import type { Registry } from './registry.js';
import { Replacement } from './replacement.js';
import { Resuming } from './resuming.js';
import { RoomCommands } from './room-commands.js';
import { Succession } from './succession.js';

/** The participants at home on this node, and every way in which they come, change and go. */
export class Participants {
  readonly joining: Joining;
  readonly resuming: Resuming;
  readonly handovers: Handovers;
  readonly succession: Succession;
  readonly commands: RoomCommands;
  readonly moves: Moves;
  readonly reassertion: Reassertion;
  private readonly departures: Departures;

  constructor(
    context: ParticipantsContext,
    readonly registry: Registry,
  ) {
    this.departures = new Departures(context, registry);
    this.moves = new Moves(context, registry);
    this.reassertion = new Reassertion(context.clock, registry, this.departures);
    this.commands = new RoomCommands(context.clock, registry);
    this.handovers = new Handovers(context, registry, this.departures, this.moves);
    this.succession = new Succession(context, registry, this.handovers, this.departures);
    const { departures, moves, reassertion } = this;
    const opening = new Opening(context, registry, { registry, departures, moves, reassertion });
    this.joining = new Joining(context, opening, this.succession, moves, new Replacement(context));
    this.resuming = new Resuming(context, registry, opening, this.handovers, this.commands, moves);
  }

  /** All participants here leave: the process ends. */
  async close(): Promise<void> {
    this.moves.close();
    await Promise.all(this.registry.all().map((session) => session.end('node-lost')));
    this.departures.close();
    this.handovers.close();
  }
}
