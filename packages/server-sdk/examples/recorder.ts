// Creates a join token for a recorder, which receives all participants and is shown to none:
//   WATERBUS_URL=https://meet.example.org WATERBUS_API_KEY=wbk_… npx tsx examples/recorder.ts abc-defg-hjk
import { WaterbusApiError, WaterbusServer } from '@waterbus/server-sdk';

const { WATERBUS_URL = '', WATERBUS_API_KEY = '' } = process.env;
const [code = ''] = process.argv.slice(2);

try {
  const waterbus = new WaterbusServer({ url: WATERBUS_URL, apiKey: WATERBUS_API_KEY });
  const { token, signalling } = await waterbus.joinTokens.create(code, {
    name: 'Recorder',
    // Hidden: in no list and no event of the call, and without publications.
    grants: { hidden: true, publish: [], subscribe: true, moderate: false },
  });
  console.log(JSON.stringify({ token, signalling }));
} catch (error) {
  if (error instanceof WaterbusApiError && error.code === 'meeting.not_found') {
    console.error(`No meeting ${code} belongs to this API key`);
  } else {
    console.error(error);
  }
  process.exitCode = 1;
}
