// A whole call with @waterbus/react: ?server=https://meet.example.org&code=abc-defg-hjk. The server
// permits the page's origin by ALLOWED_ORIGINS.
import { type Call, join } from '@waterbus/client';
import {
  Chat,
  Controls,
  Grid,
  OpenedDevices,
  OwnTile,
  PreJoin,
  publishDevices,
  RemoteSound,
  Tile,
  useActiveSpeakers,
  useMediaDevices,
  useParticipants,
} from '@waterbus/react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const { server, code = '' } = Object.fromEntries(new URLSearchParams(location.search));
const devices = new OpenedDevices();
void devices.open();

function App() {
  const [call, setCall] = useState<Call>();
  const [isOver, setOver] = useState(false);
  useEffect(() => call?.on('closed', () => setOver(true)), [call]);
  if (isOver) return <p role="status">You left.</p>;
  if (call) return <InCall call={call} />;
  return <PreJoin devices={devices} enter={(entry) => join({ ...entry, server, code })} onJoined={setCall} />;
}

function InCall({ call }: { call: Call }) {
  const participants = useParticipants(call);
  const talking = new Set(useActiveSpeakers(call).map(({ participantId }) => participantId));
  const { camera, speakerId } = useMediaDevices(devices);
  useEffect(() => publishDevices(call, devices, console.error), [call]);
  return (
    <>
      <Grid label="People">
        {[
          ...participants.map((one) => <Tile key={one.id} participant={one} talking={talking.has(one.id)} />),
          <OwnTile key={call.local.id} name={call.local.name} track={camera.track} />,
        ]}
      </Grid>
      <Chat call={call} />
      <Controls call={call} devices={devices} onFailure={console.error} />
      <RemoteSound
        call={call}
        speakerId={speakerId}
        refused={(play) => (
          <button type="button" onClick={play}>
            Play sound
          </button>
        )}
      />
    </>
  );
}

createRoot(document.getElementById('root')!).render(<App />);
