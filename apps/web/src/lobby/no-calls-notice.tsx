import { t } from '@lingui/core/macro';
import type { GetMeetingResponse } from '@waterbus/client';
import { Notice } from '../frame/notice.js';
import { Link } from '../routing/link.js';
import { placePath } from '../routing/route.js';
import { hasPlace } from '../storage/has-place.js';

/**
 * In place of the lobby where the browser has no WebRTC: another engine, Lockdown Mode of Apple's
 * devices, a setting of Firefox.
 */
export function NoCallsNotice({ meeting }: { meeting: GetMeetingResponse['meeting'] }) {
  return (
    <Notice
      title={t`This browser cannot make calls`}
      text={t`Use a current Chrome, Edge, Firefox or Safari. Lockdown Mode on Apple devices blocks calls, too.`}
    >
      {hasPlace(meeting) && (
        <Link to={placePath(meeting.code)} className="button primary">
          {t`Meeting page`}
        </Link>
      )}
    </Notice>
  );
}
