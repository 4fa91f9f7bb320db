import { setPriority } from 'node:os';
import { Participant } from '@waterbus/load/testing/participant';
import { Rest } from '@waterbus/load/testing/rest';
import { RunFigures } from '@waterbus/load/testing/run-figures';
import { SoundStream, type Video } from '@waterbus/load/testing/streams';
import type { CrowdCommand, CrowdReply } from './crowd-messages.js';

// The process of the participants. It runs at the lowest priority, so that it does not take the
// browser's time.

setPriority(19);
const [url, code] = process.argv.slice(2) as [string, string];
const rest = new Rest(url, undefined);
const figures = new RunFigures();
const people: Participant[] = [];
let recordings: Buffer[][] = [];
let joined = 0;

process.on('message', (command: CrowdCommand) => {
  carryOut(command).then(
    () => process.send!({ id: command.id, present: people.length } satisfies CrowdReply),
    (error: Error) => process.send!({ id: command.id, present: people.length, failure: error.message }),
  );
});
// Its command has ended.
process.on('disconnect', () => process.exit(0));

async function carryOut(command: CrowdCommand): Promise<void> {
  if ('recordings' in command) {
    recordings = command.recordings.map((frames) => frames.map((frame) => Buffer.from(frame, 'base64')));
  } else if ('join' in command) for (const name of command.join) await join(name);
  else if ('leave' in command) for (let count = 0; count < command.leave; count += 1) await people.pop()?.leave();
  else speak(command.speak);
}

async function join(name: string): Promise<void> {
  const index = joined++;
  const picture: Video = { ...PICTURE, recording: recordings[index % recordings.length]! };
  const sending = { run: 1, index, videos: [picture], sound: true };
  const person = new Participant({ rest, code, name, run: 1, sending }, figures);
  people.push(person);
  await person.join();
  if (!person.sender) throw new Error(`${name} did not join.`);
  for (const stream of person.sender.streams) stream.level = SILENT;
}

function speak(speaker: number): void {
  for (const [index, { sender }] of people.entries())
    for (const stream of sender?.streams ?? [])
      if (stream instanceof SoundStream) stream.level = index === speaker ? LOUD : SILENT;
}

/** The smallest size of a camera, at half its rate: one browser decodes 49 of them. */
const PICTURE: Video = { width: 320, height: 180, packetBytes: 1_070, packetsPerFrame: 1, framesPerSecond: 15 };
/** In -dBov. */
const LOUD = 20;
const SILENT = 127;
