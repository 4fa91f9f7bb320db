import { type ControlSocket, listenForUpgrades, type Program } from './control-socket.js';
import { type Generations, launchThroughParent } from './generations.js';
import { type HandedOver, HandingOver, type Upgraded } from './handing-over.js';
import type { Slot } from './slots.js';
import { failureText, MAIN, reportOf } from './upgrade.js';

/** Upgrades of this process: by the command `waterbus upgrade`, or by SIGUSR1. */
export class Upgrades {
  readonly #handingOver: HandingOver;
  #control: ControlSocket | undefined;

  constructor(
    private readonly system: HandedOver,
    slot: Slot,
    private readonly generations: Generations,
  ) {
    const launcher = process.connected ? launchThroughParent : generations.launch;
    this.#handingOver = new HandingOver(system, slot, launcher);
  }

  async accept(): Promise<void> {
    process.on('SIGUSR1', () => {
      if (!this.generations.signal('SIGUSR1')) void this.#bySignal();
    });
    const { dataDir, httpPort } = this.system.settings;
    try {
      this.#control = await listenForUpgrades(dataDir, httpPort, (...request) => this.#upgrade(...request));
    } catch (error) {
      console.error(`\`waterbus upgrade\` will not find this process: ${String(error)}`);
    }
  }

  /** For a service manager, which has no terminal to answer. */
  async #bySignal(): Promise<void> {
    try {
      const upgraded = await this.#upgrade({ execPath: process.execPath, script: MAIN });
      for (const line of reportOf(upgraded)) console.log(line);
    } catch (error) {
      console.error(failureText(error));
    }
  }

  async #upgrade(program: Program, progress?: (line: string) => void): Promise<Upgraded> {
    const upgraded = await this.#handingOver.run(program, progress);
    // After the answer to the command.
    setImmediate(() => void this.#leave());
    return upgraded;
  }

  async #leave(): Promise<void> {
    await this.#control?.close();
    try {
      await this.#handingOver.leave();
    } catch (error) {
      console.error(`Stopping failed: ${String(error)}`);
    }
    this.generations.over();
  }
}
