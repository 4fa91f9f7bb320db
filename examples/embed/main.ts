// A meeting inside a page, with <waterbus-meeting>. The page's back end admits its own users
// (examples/back-end): it answers the address of the meeting, and a join token for each join.
import { defineWaterbusMeeting, type MeetingEvents, type WaterbusMeetingElement } from '@waterbus/embed';

defineWaterbusMeeting();

const meeting = document.querySelector<WaterbusMeetingElement>('waterbus-meeting')!;
const status = document.querySelector('[role=status]')!;
const { server, code } = await (await fetch('/meeting')).json();

meeting.joinToken = async () => (await fetch('/join-token', { method: 'POST' })).json();
meeting.setAttribute('server', server);
meeting.setAttribute('code', code);
meeting.addEventListener('joined', () => show('You are in the call.'));
meeting.addEventListener('participant-joined', (event) => {
  show(`${(event as CustomEvent<MeetingEvents['participant-joined']>).detail.name} joined.`);
});
meeting.addEventListener('left', () => show('The consultation is over.'));
document
  .querySelector('button')!
  .addEventListener('click', () => void meeting.hangUp().catch((error) => show(error.code)));

function show(text: string): void {
  status.textContent = text;
}
