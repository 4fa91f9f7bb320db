import { t } from '@lingui/core/macro';
import type { ConnectionQuality, Role } from '@waterbus/client';
import { Video as Camera, VideoOff as CameraOff, Mic, MicOff, MonitorUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Avatar } from '../../parts/avatar.js';
import { connectionNote } from '../people/connection-text.js';

/** A participant in the call, with the state of its microphone and camera. */
export function PersonRow(props: {
  name: string;
  avatarUrl: string | null;
  self?: boolean;
  role: Role;
  microphone: boolean;
  camera: boolean;
  screen: boolean;
  reconnecting: boolean;
  connectionQuality: ConnectionQuality | undefined;
  /** At the end of the row. */
  button?: ReactNode;
  /** Below the row. */
  children?: ReactNode;
}) {
  const { name, self, role, microphone, camera, screen, reconnecting, button, children } = props;
  const note = connectionNote(props.connectionQuality);
  return (
    <li className="person">
      <div className="person-row">
        <Avatar name={name} picture={props.avatarUrl} />
        <div className="person-who">
          <p className="person-name">
            <span>{name}</span>
            {self && <span className="person-you">{t`(you)`}</span>}
          </p>
          <p className="person-role">
            {reconnecting ? t`Reconnecting…` : [roleText()[role], note].filter(Boolean).join(' · ')}
          </p>
        </div>
        <p className="person-media">
          {screen && <State icon={<MonitorUp size={18} />} text={t`sharing the screen`} />}
          <State
            icon={microphone ? <Mic size={18} /> : <MicOff size={18} />}
            off={!microphone}
            text={microphone ? t`microphone on` : t`microphone off`}
          />
          <State
            icon={camera ? <Camera size={18} /> : <CameraOff size={18} />}
            off={!camera}
            text={camera ? t`camera on` : t`camera off`}
          />
        </p>
        {button}
      </div>
      {children}
    </li>
  );
}

function State({ icon, text, off }: { icon: ReactNode; text: string; off?: boolean }) {
  return (
    <span className="person-state" data-off={off ? '' : undefined} title={text}>
      {icon}
      <span className="visually-hidden">, {text}</span>
    </span>
  );
}

const roleText = (): Record<Role, string> => ({
  host: t`Host`,
  moderator: t`Moderator`,
  member: t`Member`,
  guest: t`Guest`,
});
