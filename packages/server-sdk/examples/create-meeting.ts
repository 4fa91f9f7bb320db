// Creates a meeting and a join token for one person:
//   WATERBUS_URL=https://meet.example.org WATERBUS_API_KEY=wbk_… npx tsx examples/create-meeting.ts "Ada Lovelace"
import { WaterbusApiError, WaterbusServer } from '@waterbus/server-sdk';

const { WATERBUS_URL = '', WATERBUS_API_KEY = '' } = process.env;
const [name = 'Ada Lovelace'] = process.argv.slice(2);

try {
  const waterbus = new WaterbusServer({ url: WATERBUS_URL, apiKey: WATERBUS_API_KEY });
  const { meeting } = await waterbus.meetings.create({
    title: 'Consultation',
    waitingRoom: true,
    settings: { shareScreen: 'moderators' },
  });
  // A moderator, which therefore may share the screen. Holders of join tokens never wait.
  const joining = await waterbus.joinTokens.create(meeting.code, { name, role: 'moderator', expiresIn: 600 });
  console.log(
    JSON.stringify({
      meeting: meeting.code,
      participantId: joining.participantId,
      // The person's browser needs both to join, once within ten minutes.
      token: joining.token,
      signalling: joining.signalling,
    }),
  );
} catch (error) {
  console.error(error instanceof WaterbusApiError ? `Refused: ${error.message}` : error);
  process.exitCode = 1;
}
