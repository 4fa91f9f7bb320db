import type { Call } from '@waterbus/client';
import { Eye, LoaderCircle, MonitorUp, Users } from 'lucide-react';
import { observedBy } from './people/observed.js';

/** The meeting's title, its number of participants, and the connection's state when it is poor. */
export function CallHeader({ call }: { call: Call }) {
  const count = call.participants.length + 1;
  return (
    <header className="call-header">
      <h1>{call.title}</h1>
      <p className="call-count">
        <Users size={18} />
        <span>
          {count}
          <span className="visually-hidden">{count === 1 ? ' person' : ' people'} in the call</span>
        </span>
      </p>
      {/* Always present: a live region must exist before its content changes. */}
      <div className="call-notes" role="status">
        {call.observers > 0 && (
          <p className="call-observed">
            <Eye size={18} />
            {observedBy(call.observers)}
          </p>
        )}
        {call.local.publication('screen') && (
          <p className="call-sharing">
            <MonitorUp size={18} />
            You are sharing<span className="visually-hidden"> your screen</span>
          </p>
        )}
        {call.connection !== 'connected' && (
          <p className="call-connection">
            {call.connection !== 'closed' && <LoaderCircle size={18} className="turning" />}
            {call.connection === 'closed' ? 'Connection lost' : 'Reconnecting…'}
          </p>
        )}
      </div>
    </header>
  );
}
